import BerthAPI
import Confinement
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Synchronization
import Testing

@testable import Supervisor

/// A supervisor over plugin packages of the test's own, on tmpfs.
final class SupervisorFixture: Sendable {
    let folder: String
    let loop: EventLoop
    let supervisor: Supervisor
    let operations = Operations()

    /// What the supervisor told of operations: `violation mount` …
    final class Operations: Sendable {
        private let all = Mutex<[String]>([])
        var list: [String] { all.withLock { $0 } }
        func add(_ plugin: String, _ operation: String, _ attributes: [String: String]) {
            all.withLock { $0.append("\(plugin) \(operation) \(attributes["tried"] ?? "")") }
        }
    }

    /// Below each hierarchy; the supervisor's alone.
    var cgroupParent: String { "/" + folder.split(separator: "/").last! }

    /// - Parameter place: a folder on tmpfs, or on a disk.
    static func with(
        _ plugins: [Package] = [Package()], in place: String = "/dev/shm",
        configure: (inout Supervisor.Configuration) -> Void = { _ in },
        _ body: (SupervisorFixture) async throws -> Void
    ) async throws {
        let folder = "\(place)/berth-supervisor-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory("\(folder)/plugins")
        // Whatever the test found, its folder goes.
        defer { try? removeDirectory(folder) }
        for plugin in plugins { try plugin.write(to: "\(folder)/plugins/\(plugin.name)") }
        let fixture = try SupervisorFixture(folder, configure)
        do {
            try await body(fixture)
        } catch {
            await fixture.end()
            throw error
        }
        await fixture.end()
    }

    private init(_ folder: String, _ configure: (inout Supervisor.Configuration) -> Void) throws {
        self.folder = folder
        let loop = try EventLoop()
        self.loop = loop
        try Thread.spawn(name: "test-loop", stackSize: 1 << 20) { loop.run() }
        var configuration = Supervisor.Configuration(
            root: "\(folder)/root", run: "\(folder)/run", searchPath: ["\(folder)/plugins"])
        configuration.confinement = ConfinementSettings(
            executable: parentDirectory(executablePath()) + "/berth-confine",
            cgroupParent: "/" + folder.split(separator: "/").last!)
        configure(&configuration)
        supervisor = try Supervisor(
            configuration, identity: PeerIdentity(name: "test", version: "1"), loop: loop,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, reconcile: { _, _ in },
            onReady: { _, _ in }, onChange: { _, _, _ in },
            onOperation: { [operations] in operations.add($0, $1, $2) })
    }

    private func end() async {
        await supervisor.stop(grace: .seconds(1))
        loop.stop()
        for root in (try? CgroupLayout.detect())?.hierarchies ?? [] { removeEmptyDirectory(root + cgroupParent) }
    }

    /// A package whose executable is the odd plugin.
    struct Package: Sendable {
        var name = "odd"
        var version = "1.0.0"
        var behaviour = ""
        var stateVersion = 1
        var reads = 1
        var failurePolicy = "queue"
        var capabilities: [String] = []
        /// Further members of the privileges, as JSON: `,"systemCalls":["setns"]`.
        var privileges = ""
        var paths: [String] = []
        var schema = #"{"type":"object"}"#

        func write(to folder: String) throws {
            try makeDirectory(folder)
            let manifest = """
                {"name":"\(name)","version":"\(version)","kinds":["volume"],"executable":"run",
                 "protocol":{"minimum":1,"maximum":1},"activation":"onDemand","failurePolicy":"\(failurePolicy)",
                 "state":{"version":\(stateVersion),"reads":\(reads)},"configuration":\(schema),
                 "privileges":{"capabilities":\(JSON.array(capabilities.map { JSON($0) })),"network":"none",
                 "devices":[],"paths":\(JSON.array(paths.map { JSON($0) }))\(privileges)}}
                """
            let fixtures = parentDirectory(parentDirectory(#filePath)) + "/Fixtures"
            try writeFile("\(folder)/plugin.json", Array(manifest.utf8))
            try writeFile("\(folder)/behaviour", Array(behaviour.utf8))
            try writeFile("\(folder)/state-version", Array("\(stateVersion)".utf8))
            try writeFile("\(folder)/run", try readFile("\(fixtures)/odd-plugin"), mode: 0o755)
        }
    }

    /// Writes a package beside the search path, to be installed or upgraded to.
    func package(_ package: Package) throws -> String {
        let path = "\(folder)/package-\(UInt32.random(in: 0...UInt32.max))"
        try package.write(to: path)
        return path
    }

    func create(_ volume: String, on plugin: String = "odd", timeout: Duration = .seconds(10)) async throws {
        _ = try await supervisor.call(
            VolumeDriverCreate(volume: volume, options: [:], labels: [:]), on: plugin, timeout: timeout)
    }

    func upgrade(_ name: String = "odd", to folder: String) async throws -> PluginInfo {
        let found = try await supervisor.examine(folder: folder)
        let source = PluginSource(kind: .folder, location: folder)
        return try await supervisor.upgrade(
            PluginUpgrade(name: name, source: source, granted: found.manifest.privileges), folder: folder)
    }
}
