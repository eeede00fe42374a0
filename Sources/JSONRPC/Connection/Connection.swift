import JSON
import LinuxSystem
import Synchronization

/// One JSON-RPC 2.0 connection over a UNIX stream socket: both sides call each other, one message a line, answers in
/// any order.
///
/// An event loop reads; every method may be called from any thread. The loop keeps the connection alive until one
/// side closes it.
public final class Connection: Sendable {
    public enum Direction: Sendable {
        case received, sent
    }

    /// Sees each line, without its newline, as it stands on the wire.
    public typealias Tap = @Sendable (Direction, UnsafeRawBufferPointer) -> Void

    public let loop: EventLoop
    public let limits: Limits
    /// Who was at the other end when the connection was made; nil when the socket does not say.
    public let peer: PeerCredentials?
    let service: (any Service)?
    let tap: Tap?

    let output: Mutex<Output>
    let input = Mutex(Input())
    let calls = Mutex(CallTable())
    let requests = Mutex(RequestTable())
    let ending = Mutex(Ending())
    let deadlines = Mutex(DeadlineTimer())
    private let attached = Mutex<(any Sendable)?>(nil)

    /// Takes over a connected socket and starts to read.
    ///
    /// - Parameters:
    ///   - service: answers the peer; without one every request is answered with methodNotFound.
    ///   - tap: for tracing; called under no lock, on the thread that reads or sends.
    public init(
        socket: consuming Descriptor, loop: EventLoop, limits: Limits = Limits(), service: (any Service)? = nil,
        tap: Tap? = nil
    ) throws(SystemError) {
        let socket = socket.shared()
        try UnixSocket.setNonBlocking(socket.raw)
        self.loop = loop
        self.limits = limits
        self.service = service
        self.tap = tap
        peer = try? UnixSocket.peerCredentials(socket.raw)
        output = Mutex(Output(socket: socket))
        // Under the lock, since the first event may come before the watch is known.
        try start(socket.raw)
    }

    private func start(_ socket: CInt) throws(SystemError) {
        let result = output.withLock { output in
            Swift.Result { () throws(SystemError) in
                output.watch = try loop.register(socket, output.interest) { events in self.handle(events) }
            }
        }
        try result.get()
    }

    /// Whatever the application keeps with the connection: its session.
    public var attachment: (any Sendable)? {
        get { attached.withLock { $0 } }
        set { attached.withLock { $0 = newValue } }
    }

    /// Notifications that were dropped because the peer did not read.
    public var droppedNotifications: Int { output.withLock { $0.droppedNotifications } }

    /// Requests of the peer that are being worked on.
    public var pendingRequests: Int { requests.withLock { $0.count } }

    private func handle(_ events: Events) {
        if events.contains(.writable) { flush() }
        if !events.isDisjoint(with: [.readable, .hangUp, .error]) { handleInput(events) }
    }
}
