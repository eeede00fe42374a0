import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// The streams that are open, by container.
final class LogStreams: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread, but for the count.

    /// How many are open.
    let count = Atomic(0)
    private let loop: EventLoop
    private let scratch = Scratch()
    private var intakes: [String: LogIntake] = [:] {
        didSet { count.store(intakes.count, ordering: .relaxed) }
    }

    init(loop: EventLoop) { self.loop = loop }

    var containers: [String] { intakes.keys.sorted() }

    /// Takes a stream in the place of the one before.
    func open(
        _ log: ContainerLog, options: LogOptions, attributes: [(String, String)], stream: SharedDescriptor
    ) throws {
        // What the old stream had taken in and not acknowledged comes again on the new one.
        drop(log.container)
        let writer = try LogWriter(log, options: options, attributes: attributes, output: scratch.output)
        intakes[log.container] = try LogIntake(writer, stream: stream, loop: loop, scratch: scratch)
    }

    func drop(_ container: String) { intakes.removeValue(forKey: container)?.disconnect(because: nil) }

    /// Runs `done` when a stream's end has come, or when there is none.
    func whenEnded(_ container: String, _ done: @escaping @Sendable () -> Void) {
        guard let intake = intakes[container] else { return done() }
        intake.whenEnded(done)
    }

    func close(_ log: ContainerLog) throws {
        let writer = try intakes[log.container]?.writer ?? detachedWriter(log)
        drop(log.container)
        defer { log.publish { $0.isLive = false } }
        do {
            try writer.finish()
        } catch {
            // The container's end does not wait for a disk.
            PluginLog.error("the end of a log is lost", [("log", JSON(log.path)), ("error", JSON("\(error)"))])
        }
    }

    func rotate(_ log: ContainerLog) throws {
        guard let intake = intakes[log.container] else {
            let writer = try detachedWriter(log)
            defer { log.publish { $0.isLive = false } }
            return try writer.rotate()
        }
        try intake.writer.commit()
        try intake.writer.rotate()
    }

    /// For a log without a stream, as after a restart.
    private func detachedWriter(_ log: ContainerLog) throws -> LogWriter {
        try LogWriter(log, options: nil, attributes: [], output: scratch.output)
    }
}
