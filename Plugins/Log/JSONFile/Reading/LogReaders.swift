import BerthAPI
import LinuxSystem
import Synchronization

/// Starts readers, each on a thread of its own: a slow one delays nobody.
final class LogReaders: Sendable {
    private static let maximum = 512

    private let running = Mutex(0)

    var count: Int { running.withLock { $0 } }

    /// - Parameter log: nil for a container without a log, of which nothing is read.
    /// - Returns: the end on which the lines come.
    func start(_ request: LogRead, of log: ContainerLog?, loop: EventLoop) throws -> SharedDescriptor {
        let pair = try UnixSocket.pair()
        let theirs = try pair.second.duplicate().shared()
        guard let log else { return theirs }
        let ours = try pair.first.duplicate().shared()
        try UnixSocket.setBlocking(ours.raw)
        let reader = try LogReader(log, request, socket: ours)
        try enter()
        do {
            try run(reader, ours, loop)
        } catch {
            running.withLock { $0 -= 1 }
            throw error
        }
        return theirs
    }

    private func run(_ reader: LogReader, _ socket: SharedDescriptor, _ loop: EventLoop) throws {
        // That the peer is gone is always reported; nothing else is of interest.
        let watch = try loop.register(socket.raw, .edgeTriggered) { _ in reader.cancel() }
        do {
            try Thread.spawn(name: "log-reader") { [self] in
                reader.run()
                loop.deregister(watch)
                running.withLock { $0 -= 1 }
            }
        } catch {
            loop.deregister(watch)
            throw error
        }
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
