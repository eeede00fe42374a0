import LinuxSystem
import Synchronization

/// Accepts connections on a listening socket, as many at once as it is told.
public final class Listener: Sendable {
    private struct State {
        var watch: Watch?
        var connections: [ObjectIdentifier: Connection] = [:]
        var accepting = true
    }

    private let socket: SharedDescriptor
    private let loop: EventLoop
    private let maximum: Int
    private let accept: @Sendable (consuming Descriptor) throws -> Connection
    private let state = Mutex(State())

    /// Starts to accept.
    ///
    /// - Parameters:
    ///   - connections: how many may be open; further ones wait in the backlog until one ends.
    ///   - service: answers each of them.
    public convenience init(
        socket: consuming Descriptor, loop: EventLoop, connections: Int = 256, limits: Limits = Limits(),
        service: any Service, tap: Connection.Tap? = nil
    ) throws(SystemError) {
        try self.init(socket: socket, loop: loop, connections: connections) { descriptor in
            try Connection(socket: descriptor, loop: loop, limits: limits, service: service, tap: tap)
        }
    }

    /// Starts to accept; `accept` makes the connection of each socket, with a service of its own if it likes, or
    /// throws to turn it away.
    public init(
        socket: consuming Descriptor, loop: EventLoop, connections: Int = 256,
        accept: @escaping @Sendable (consuming Descriptor) throws -> Connection
    ) throws(SystemError) {
        self.socket = socket.shared()
        self.loop = loop
        maximum = connections
        self.accept = accept
        try UnixSocket.setNonBlocking(self.socket.raw)
        try watch()
    }

    /// Those that are open.
    public var connections: [Connection] { state.withLock { Array($0.connections.values) } }

    private func watch() throws(SystemError) {
        let watch = try loop.register(socket.raw, .readable) { _ in self.acceptAll() }
        state.withLock { $0.watch = watch }
    }

    /// Accepts again after `stop`; nothing happens when it was not stopped.
    public func start() {
        guard state.withLock({ $0.watch }) == nil else { return }
        // The descriptor was watched before, so only a want of kernel memory makes this fail.
        try? watch()
    }

    /// Accepts no more; the connections live on. The socket stays open as long as the listener.
    public func stop() {
        let watch = state.withLock { state in
            defer { state.watch = nil }
            return state.watch
        }
        if let watch { loop.deregister(watch) }
    }

    private func acceptAll() {
        while hasRoom() {
            do throws(SystemError) {
                guard let descriptor = try UnixSocket.accept(socket.raw) else { return }
                if let connection = try? accept(descriptor) { keep(connection) }
            } catch {
                return pause()
            }
        }
    }

    private func hasRoom() -> Bool {
        let room = state.withLock { state in
            state.accepting = state.connections.count < maximum
            return state.accepting ? nil : state.watch
        }
        // Out of room, the event is not asked for: it would be reported again and again.
        if let room { try? loop.modify(room, []) }
        return room == nil
    }

    private func keep(_ connection: Connection) {
        let key = ObjectIdentifier(connection)
        state.withLock { $0.connections[key] = connection }
        connection.onClose { [weak self] _ in self?.forget(key) }
    }

    private func forget(_ key: ObjectIdentifier) {
        let watch = state.withLock { state in
            state.connections[key] = nil
            guard !state.accepting else { return Watch?.none }
            state.accepting = true
            return state.watch
        }
        if let watch { try? loop.modify(watch, .readable) }
    }

    /// The process has no descriptors or memory left: the backlog is looked at again in a while.
    private func pause() {
        guard let watch = state.withLock({ $0.watch }) else { return }
        try? loop.modify(watch, [])
        loop.schedule(after: .milliseconds(100)) { [weak self] in
            guard let self, let watch = self.state.withLock({ $0.watch }) else { return }
            try? self.loop.modify(watch, .readable)
        }
    }
}
