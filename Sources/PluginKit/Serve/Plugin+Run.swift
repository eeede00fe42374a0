import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

extension Plugin {
    /// How long calls may go on after SIGTERM.
    private static var drainTime: Duration { .seconds(10) }

    /// Serves the socket that the supervisor handed over, until `plugin.shutdown` or SIGTERM; then returns. Ends the
    /// process with status 1, after a line on the log, when there is no such socket.
    public func run() {
        do {
            try serve(on: try UnixSocket.inheritedListener())
        } catch {
            let hint = "a plugin is started by berthd, or by systemd's socket activation"
            PluginLog.error("\(identity.name) cannot serve", [("error", JSON("\(error)")), ("hint", JSON(hint))])
            endProcess(1)
        }
    }

    func serve(on socket: consuming Descriptor) throws(SystemError) {
        // SIGPIPE: the supervisor, which reads our standard error, may go away before us.
        try loop.onSignal(Signal.pipe) {}
        try loop.onSignal(Signal.terminate) { self.terminate() }
        try loop.onSignal(Signal.interrupt) { self.terminate() }
        let listener = try Listener(socket: socket, loop: loop, service: Gate(plugin: self))
        self.listener.withLock { $0 = listener }
        loop.run()
        if let driver = try? driver { hooks.withLock { $0.stop }?(driver) }
    }

    /// Ends when the calls that run have ended, after a while in any case; a second signal ends at once.
    private func terminate() {
        guard !activity.isDraining else { return loop.stop() }
        loop.schedule(after: Self.drainTime) { self.loop.stop() }
        drain { self.loop.stop() }
    }
}

private enum Signal {
    static let interrupt: CInt = 2
    static let pipe: CInt = 13
    static let terminate: CInt = 15
}

/// Stands before the router: a draining plugin takes lifecycle calls only.
private struct Gate<Driver: Sendable>: Service {
    let plugin: Plugin<Driver>

    func handle(_ request: RequestContext) {
        if plugin.activity.isDraining, !isLifecycle(request.method) {
            let name = plugin.identity.name
            return request.fail(BerthError(.unavailable, "\(name) is being replaced", plugin: name).rpcError)
        }
        plugin.router.handle(request)
    }

    func handle(_ notification: ReceivedNotification) { plugin.router.handle(notification) }

    private func isLifecycle(_ method: String) -> Bool {
        method.hasPrefix("plugin.") || method.hasPrefix("rpc.") || method == PluginInitialize.name
    }
}
