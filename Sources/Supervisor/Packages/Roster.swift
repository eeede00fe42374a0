import BerthAPI
import JSON

/// Which instances there are: each package on the search path under its own name, what the configuration file adds, and
/// what was installed; with what operators changed since.
struct Roster: Sendable {
    private(set) var definitions: [String: PluginDefinition] = [:]
    /// Packages and instances that cannot be used, with the reason.
    private(set) var rejected: [String: BerthError] = [:]
    let records: [String: InstanceRecord]
    private let configurations: [String: JSON]
    private let catalog: PluginCatalog
    private let store: PackageStore

    init(_ configuration: Supervisor.Configuration, _ records: [String: InstanceRecord], _ store: PackageStore) {
        self.records = records
        self.store = store
        configurations = configuration.configurations
        catalog = PluginCatalog(searchPath: configuration.searchPath)
        for (folder, error) in catalog.rejected { rejected["in \(folder)"] = error }
        for name in catalog.packages.keys { add(name, .init(name: name)) }
        for (name, package) in configuration.instances { add(name, .init(name: package)) }
        for (name, record) in records { add(name, record.package) }
    }

    private mutating func add(_ name: String, _ reference: InstanceRecord.Package) {
        do {
            try PluginName.check(name)
            let record = records[name]
            let package = try package(record?.package ?? reference)
            definitions[name] = PluginDefinition(
                package: package, configuration: record?.configuration ?? configurations[name] ?? [:],
                failurePolicy: record?.failurePolicy)
        } catch let error as BerthError {
            rejected[name] = error
        } catch {
            rejected[name] = BerthError(.internal, "\(error)")
        }
    }

    private func package(_ reference: InstanceRecord.Package) throws -> PluginPackage {
        if let digest = reference.digest { return try store.package(digest) }
        guard let package = catalog.packages[reference.name] else {
            throw BerthError(.notFound, "there is no plugin package \(reference.name) on the search path")
        }
        return package
    }
}
