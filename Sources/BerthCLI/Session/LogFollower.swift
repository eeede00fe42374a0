import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

/// Shows a log, and with `follow` goes on until the container has ended: also when the log's driver or the daemon is
/// replaced meanwhile, which ends the stream from the driver but not the log.
struct LogFollower {
    private static let pause = Duration.milliseconds(100)
    /// How often it is tried again to get a stream: half a minute in all.
    private static let attempts = 300

    var context: CommandContext
    var timestamps: Bool
    var request: ContainerLogs

    func run() throws {
        let place = LogPlace()
        var request = request
        try show(try context.client().reply(to: request), place)
        // Who has named the last moment has seen it, or will not.
        guard request.follow == true, request.until == nil else { return }
        let begun = request.tail == nil ? request.since : context.now
        var isLast = false
        while !isLast {
            // Of what an ended container has written nothing is missed: it is looked at once more.
            guard let runs = try isRunning() else { return }
            isLast = !runs
            request.follow = runs
            request.tail = nil
            request.since = place.position.time.map { Timestamp(nanoseconds: $0) } ?? begun
            place.position.rewind()
            let before = place.position.time
            let next = request
            guard let reply = try persistently({ client throws(BerthError) in try client.reply(to: next) }) else {
                return
            }
            try show(reply, place)
            // A driver that ends streams at once is not asked as fast as it answers.
            if !isLast, place.position.time == before { try context.client().loop.pause(Self.pause) }
        }
    }

    private func show(_ reply: Reply<ContainerLogs.Result>, _ place: LogPlace) throws {
        let loop = try context.client().loop
        let session = try StreamSession(
            loop: loop, stream: try reply.stream(of: ContainerLogs.name),
            decoder: LogFrameDecoder(timestamps: timestamps, place: place), output: context.streams.output,
            error: context.streams.error, input: nil)
        loop.run { session.isFinished }
        session.finish()
        if let failure = session.failure { throw CommandFailure("write: \(failure.errno)") }
    }

    /// nil for a container that is gone.
    private func isRunning() throws -> Bool? {
        let detail = try persistently { client throws(BerthError) in try client.call(ContainerInspect(id: request.id)) }
        return detail.map { [.running, .paused].contains($0.state.status) }
    }

    /// Asks again while the daemon or the driver is away.
    ///
    /// - Returns: nil when there is no such container.
    private func persistently<R>(_ body: (BerthClient) throws(BerthError) -> R) throws -> R? {
        var attempts = Self.attempts
        while true {
            do throws(BerthError) {
                return try body(try connected())
            } catch {
                if error.kind == .notFound { return nil }
                attempts -= 1
                guard error.kind == .unavailable, attempts > 0 else { throw error }
                if error.plugin == nil { context.disconnect() }
            }
            try EventLoop().pause(Self.pause)
        }
    }

    private func connected() throws(BerthError) -> BerthClient {
        do {
            return try context.client()
        } catch {
            throw error as? BerthError ?? BerthError(.internal, "\(error)")
        }
    }
}
