import BerthAPI
import Engine
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// One life of the daemon: its loop on the main thread, the engine in tasks, an orderly end on SIGTERM.
struct DaemonProcess {
    let settings: Settings
    let logger: Logger

    init(_ settings: Settings, logger: Logger) {
        self.settings = settings
        self.logger = logger
    }

    /// Returns when the daemon was told to end. Containers go on.
    func run() throws {
        try makeDirectory(settings.engine.run)
        let lock = try InstanceLock(path: "\(settings.engine.run)/berthd.lock")
        let loop = try EventLoop()
        let outcome = Outcome()
        let (settings, logger) = (settings, logger)
        ignoreBrokenPipes()
        for signal in [Signal.numbers["TERM"], Signal.numbers["INT"]].compactMap({ $0 }) {
            try loop.onSignal(signal) { outcome.askToEnd() }
        }
        Task {
            do {
                try await serve(settings, loop: loop, logger: logger, outcome: outcome)
            } catch {
                outcome.failed(error)
            }
            loop.stop()
        }
        loop.run()
        withExtendedLifetime(lock) {}
        try outcome.get()
    }
}

/// The socket is there from the first moment: a client that comes while the last daemon's containers are brought back
/// waits in its backlog instead of failing.
private func serve(_ settings: Settings, loop: EventLoop, logger: Logger, outcome: Outcome) async throws {
    let socket = try UnixSocket.listen(at: settings.socket, mode: 0o660, backlog: 1024, replacing: true).shared()
    try giveToGroup(settings.socket, named: settings.group)
    let engine = try await Engine(settings.engine, plugins: settings.plugins, loop: loop, logger: logger)
    try await engine.start()
    let listener = try Listener(
        socket: try socket.duplicate(), loop: loop, connections: 1024, service: EngineService(engine))
    logger.notice("listening on \(settings.socket)")
    await outcome.end()
    logger.notice("ending; containers go on")
    listener.stop()
    await engine.stop()
    try removeFile(settings.socket)
}
