import LinuxSystem

/// The listening socket of one plugin instance. The supervisor makes and keeps it, so that a call made while the plugin
/// restarts waits in the backlog.
final class PluginSocket: Sendable {
    let path: String
    let listener: SharedDescriptor

    init(path: String) throws {
        self.path = path
        listener = try UnixSocket.listen(at: path, replacing: true).shared()
    }

    init(path: String, listener: SharedDescriptor) {
        self.path = path
        self.listener = listener
    }

    /// The same socket under another name, in the place of what had it.
    func moved(to path: String) throws -> PluginSocket {
        try renameFile(self.path, to: path)
        return PluginSocket(path: path, listener: listener)
    }
}
