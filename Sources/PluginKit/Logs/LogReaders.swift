import BerthAPI
import LinuxSystem
import Synchronization

/// Starts readers of logs, each on a thread of its own: a slow one delays nobody.
public final class LogReaders: Sendable {
    private static let maximum = 512

    private let loop: EventLoop
    private let running = Mutex(0)

    /// - Parameter loop: notices readers that go away; one of its own when absent.
    public init(loop: EventLoop? = nil) throws {
        if let loop {
            self.loop = loop
        } else {
            let own = try EventLoop()
            try Thread.spawn(name: "log-readers") { own.run() }
            self.loop = own
        }
    }

    /// How many run.
    public var count: Int { running.withLock { $0 } }

    /// The reader's end of a stream on which nothing comes: for a container without a log.
    public static func nothing() throws -> SharedDescriptor { try UnixSocket.pair().take { $1.shared() } }

    /// Starts a reader: `run` gets the driver's end of the stream, which waits while it is not read.
    ///
    /// - Parameters:
    ///   - cancel: is told that nobody listens any more, from another thread, until `run` has ended.
    /// - Returns: the end on which the lines come.
    /// - Throws: `resourceExhausted` when 512 run.
    public func start(
        cancel: @escaping @Sendable () -> Void, _ run: @escaping @Sendable (SharedDescriptor) -> Void
    ) throws -> SharedDescriptor {
        let (ours, theirs) = try UnixSocket.pair().take { ($0.shared(), $1.shared()) }
        try UnixSocket.setBlocking(ours.raw)
        try enter()
        do {
            // That the peer is gone is always reported; nothing else is of interest.
            let watch = try loop.register(ours.raw, .edgeTriggered) { _ in cancel() }
            do {
                try Thread.spawn(name: "log-reader") { [self] in
                    run(ours)
                    loop.deregister(watch)
                    running.withLock { $0 -= 1 }
                }
            } catch {
                loop.deregister(watch)
                throw error
            }
        } catch {
            running.withLock { $0 -= 1 }
            throw error
        }
        return theirs
    }

    private func enter() throws {
        try running.withLock { running in
            guard running < Self.maximum else {
                throw BerthError(.resourceExhausted, "\(running) readers of logs are running, which is the most")
            }
            running += 1
        }
    }
}
