import BerthAPI
import JSON
import LinuxSystem
import Synchronization

/// What operators decided about one plugin instance: everything else follows from the packages that are there.
struct InstanceRecord: Codable, Sendable {
    /// An installed package's digest, or the name of one on the search path.
    struct Package: Codable, Hashable, Sendable {
        var name: String
        var digest: String?
    }

    var package: Package
    /// What `rollback` goes back to.
    var previous: Package?
    /// Where an installed package came from, as it was asked for.
    var source: String?
    var enabled = true
    /// Takes the place of the daemon's configuration file's.
    var configuration: JSON?
    var failurePolicy: PluginManifest.FailurePolicy?
    /// Privileges that were confirmed at the installation; nil for packages on the search path, which the
    /// administrator put there.
    var granted: PluginManifest.Privileges?

    init(package: Package) { self.package = package }
}

/// The records of all instances, in one file that is replaced as a whole.
///
/// ```
/// <root>/installed-plugins
/// ├── instances.json       {name: InstanceRecord}
/// ├── packages/<sha256>/   plugin.json and what belongs to it, never changed (PackageStore)
/// └── new/                 packages on their way in
/// ```
final class InstanceStore: Sendable {
    private let path: String
    private let state: Mutex<[String: InstanceRecord]>

    /// - Throws: `corrupted` when the file is not readable as such: nothing is guessed about privileges.
    init(folder: String) throws {
        path = "\(folder)/instances.json"
        guard fileExists(path) else {
            state = Mutex([:])
            return
        }
        do {
            state = Mutex(try JSON(parsing: try readFile(path)).decode([String: InstanceRecord].self))
        } catch {
            throw BerthError(.corrupted, "\(path): \(error)")
        }
    }

    var all: [String: InstanceRecord] { state.withLock { $0 } }

    subscript(name: String) -> InstanceRecord? { state.withLock { $0[name] } }

    /// Changes one record, or with nil removes it; on disk before this returns.
    func update(_ name: String, _ change: (inout InstanceRecord?) -> Void) throws {
        try state.withLock { records in
            var changed = records
            change(&changed[name])
            try writeFile(path, try JSON(encoding: changed).serialized(pretty: true))
            records = changed
        }
    }
}
