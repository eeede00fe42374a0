import BerthAPI
import Engine
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// From the socket to the end: what runs beside the loop.
struct DaemonLife: Sendable {
    /// How long operations may go on when another program is to take over; what still runs then is taken up by it as
    /// after a crash.
    private static let operationTime = Duration.seconds(10)

    /// What short questions that were read already take to be answered.
    private static let settlingTime = Duration.milliseconds(30)

    let settings: Settings
    let loop: EventLoop
    let logger: Logger
    let outcome: Outcome
    let lock: SharedDescriptor

    /// The socket is there from the first moment: a client that comes while the last daemon's containers are brought
    /// back waits in its backlog instead of failing.
    func serve(_ inheritance: Inheritance?) async throws {
        let socket = try listen(inheritance).shared()
        var plugins = settings.plugins
        plugins.inherited = inheritance?.plugins ?? [:]
        let engine = try await Engine(settings.engine, plugins: plugins, loop: loop, logger: logger)
        engine.onUpgrade { executable in outcome.ask(.replace(executable)) }
        try await engine.start()
        let listener = try Listener(
            socket: try socket.duplicate(), loop: loop, connections: 1024, service: EngineService(engine))
        logger.notice("listening on \(settings.socket)")
        while case .replace(let executable) = await outcome.end() {
            await moveClients(of: listener)
            await replace(engine, with: executable, socket: socket)
            outcome.renew()
            listener.start()
        }
        logger.notice("ending; containers go on")
        listener.stop()
        await engine.stop()
        try removeFile(settings.socket)
    }

    /// On the loop, which accepts: nobody comes in between who is not told.
    private func moveClients(of listener: Listener) async {
        let done = Promise<Void>()
        loop.execute {
            listener.stop()
            for connection in listener.connections {
                connection.notify(SessionMoved())
                connection.finish(reason: "another program takes over")
            }
            done.fulfil(())
        }
        await done.value
    }

    private func listen(_ inheritance: Inheritance?) throws -> Descriptor {
        if let inheritance { return try inheritDescriptor(inheritance.socket) }
        let socket = try UnixSocket.listen(at: settings.socket, mode: 0o660, backlog: 1024, replacing: true)
        try giveToGroup(settings.socket, named: settings.group)
        return socket
    }

    /// Returns only when it fails.
    private func replace(_ engine: Engine, with executable: String, socket: SharedDescriptor) async {
        logger.notice("\(executable) takes over; containers and plugins go on")
        try? await Task.sleep(for: Self.settlingTime)
        let idle = engine.whenIdle()
        let timer = loop.schedule(after: Self.operationTime) { idle.fulfil(false) }
        if await !idle.value { logger.warning("operations are cut off, and taken up by the next program") }
        loop.cancel(timer)
        // The last operation's answer goes out after the operation has ended.
        try? await Task.sleep(for: Self.settlingTime)
        do {
            let inheritance = Inheritance(
                socket: socket.raw, lock: lock.raw, plugins: await engine.supervisor.handOver())
            try inheritance.replace(with: executable, arguments: CommandLine.arguments)
        } catch {
            logger.error("\(executable) cannot take over: \(error)")
        }
    }
}
