import BerthAPI
import Confinement
import LinuxSystem
import Logging

/// What all plugin instances share: where their sockets and folders are, and whom they tell of changes.
///
/// ```
/// <run>/plugins/<name>/{plugin.sock, pid, run/}      <root>/plugins/{<name>/, <name>.format}
/// ```
struct InstanceEnvironment: Sendable {
    var root: String
    var run: String
    var identity: PeerIdentity
    var loop: EventLoop
    var logger: Logger
    /// nil when plugins run as the daemon does.
    var confiner: Confiner?
    /// Whether calls go through what can disturb them.
    var testMode: Bool
    /// A process has shaken hands and serves nobody yet: it is told what should exist.
    var reconcile: @Sendable (PluginSession, [PluginKind]) async -> Void
    /// It serves.
    var onReady: @Sendable (String, [PluginKind]) -> Void
    var onChange: @Sendable (String, PluginState, String?) -> Void
    /// An operator's operation is done.
    var onOperation: @Sendable (_ plugin: String, _ operation: String, _ attributes: [String: String]) -> Void

    /// A word for the daemon that has a folder as its root, the same after a restart.
    static func owner(of root: String) throws -> String {
        let folder = try Folder.open(root, creating: true)
        let status = try withExtendedLifetime(folder) { try OpenFile.status(folder.raw) }
        return String(status.device, radix: 36) + "." + String(status.inode, radix: 36)
    }

    func socketPath(of name: String) throws -> String {
        try makeDirectory("\(run)/plugins/\(name)")
        return "\(run)/plugins/\(name)/plugin.sock"
    }

    func directories(of name: String) throws -> PluginDirectories {
        let directories = paths(of: name)
        try makeDirectory(directories.state)
        try makeDirectory(directories.run)
        return directories
    }

    /// Its directories, whether they are there or not.
    func paths(of name: String) -> PluginDirectories {
        (state: "\(root)/plugins/\(name)", run: "\(run)/plugins/\(name)/run")
    }

    func removeRunFolder(of name: String) throws { try removeDirectory("\(run)/plugins/\(name)") }

    func removeState(of name: String) throws {
        try removeDirectory("\(root)/plugins/\(name)")
        try removeFile(formatPath(name))
    }

    /// A folder for a rehearsal, beside the instance's real ones.
    func scratchDirectory(of name: String) throws -> String {
        let path = "\(run)/plugins/\(name)/rehearsal-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectory(path)
        return path
    }

    // MARK: The state's format

    private func formatPath(_ name: String) -> String { "\(root)/plugins/\(name).format" }

    /// Format of the instance's state directory, as the process that last ran on it said; nil when none has.
    func stateVersion(_ name: String) -> Int? {
        guard let bytes = try? readFile(formatPath(name), limit: 32) else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self))
    }

    func noteStateVersion(_ name: String, _ version: Int) {
        guard stateVersion(name) != version else { return }
        do {
            try writeFile(formatPath(name), Array("\(version)".utf8))
        } catch {
            logger.warning("the state format of plugin \(name) cannot be kept: \(error)")
        }
    }

    private func pidPath(of name: String) -> String { "\(run)/plugins/\(name)/pid" }

    /// Remembers the process, so that a daemon after a crash can end it before it starts another on the same state.
    func record(_ pid: CInt, of name: String) {
        guard let start = ProcessIdentity(pid: pid) else { return }
        do {
            try writeFile(pidPath(of: name), Array(start.description.utf8), durable: false)
        } catch {
            logger.warning("the pid of plugin \(name) cannot be kept: \(error)")
        }
    }

    func forget(_ name: String) { try? removeFile(pidPath(of: name)) }

    /// Ends every process that a daemon that died has left, also of plugins that are not installed any more.
    func endLeftovers(except running: [String: PluginHandover]) {
        confiner?.endLeftovers(except: Set(running.values.compactMap { $0.cell?.cgroup }))
        for name in (try? listDirectory("\(run)/plugins")) ?? [] where running[name] == nil {
            do {
                try endLeftover(of: name)
                forget(name)
            } catch {
                logger.warning("what the last daemon left of plugin \(name) cannot be ended: \(error)")
            }
        }
    }

    /// Ends what a daemon that died has left, and waits for its end: two processes on one state would corrupt it.
    func endLeftover(of name: String) throws {
        guard let bytes = try? readFile(pidPath(of: name), limit: 128),
            let leftover = ProcessIdentity(String(decoding: bytes, as: UTF8.self))
        else { return }
        try leftover.kill(waiting: 5000)
    }
}
