import BerthAPI
import LinuxSystem

/// Finds plugins: every folder with a `plugin.json` in one of the folders of the search path. The first of a name wins.
public struct PluginCatalog: Sendable {
    public private(set) var packages: [String: PluginPackage] = [:]
    /// Folders whose manifest is unusable, with the reason.
    public private(set) var rejected: [String: BerthError] = [:]

    public init(searchPath: [String]) {
        for directory in searchPath {
            let names = ((try? listDirectory(directory)) ?? []).sorted()
            for name in names { add(folder: "\(directory)/\(name)") }
        }
    }

    private mutating func add(folder: String) {
        guard fileExists("\(folder)/plugin.json") else { return }
        do {
            let package = try PluginPackage(folder: folder)
            if packages[package.manifest.name] == nil { packages[package.manifest.name] = package }
        } catch let error as BerthError {
            rejected[folder] = error
        } catch {
            rejected[folder] = BerthError(.invalidArgument, "plugin in \(folder): \(error)")
        }
    }
}
