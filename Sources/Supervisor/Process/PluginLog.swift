import JSON
import LinuxSystem
import Logging
import Synchronization

/// What a plugin writes to stdout and stderr: a line `{"level":…,"message":…,"fields":{…}}` is taken apart, any other
/// is a message.
final class PluginLog: Sendable {
    private let descriptor: SharedDescriptor
    private let loop: EventLoop
    private let logger: Logger
    private let output: OutputHistory
    private let splitter = Mutex(LineSplitter())
    private let watch = Mutex<Watch?>(nil)

    /// Reads until end of file, on the loop; the loop's watch keeps the reader alive until then.
    static func follow(
        _ descriptor: SharedDescriptor, on loop: EventLoop, logger: Logger, output: OutputHistory
    ) throws(SystemError) {
        let log = PluginLog(descriptor, loop, logger, output)
        let registered = try loop.register(descriptor.raw, .readable) { _ in log.read() }
        log.watch.withLock { $0 = registered }
    }

    private init(_ descriptor: SharedDescriptor, _ loop: EventLoop, _ logger: Logger, _ output: OutputHistory) {
        self.output = output
        self.descriptor = descriptor
        self.loop = loop
        self.logger = logger
    }

    private func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readAvailable(descriptor.raw, into: $0) }
        guard let count else { return }
        guard count > 0 else { return finish() }
        let lines = splitter.withLock { splitter in
            buffer[..<count].withUnsafeBytes { splitter.add($0) }
        }
        for line in lines { write(line) }
    }

    private func finish() {
        if let registered = watch.withLock({ $0.take() }) { loop.deregister(registered) }
        if let rest = splitter.withLock({ $0.finish() }) { write(rest) }
    }

    private func write(_ line: String) {
        output.add(line)
        guard line.hasPrefix("{"), let record = try? JSON(parsing: line), let message = record["message"]?.string else {
            return logger.info("\(line)")
        }
        let level = record["level"]?.string.flatMap(Logger.Level.init(rawValue:)) ?? .info
        var metadata: Logger.Metadata = [:]
        for (key, value) in record["fields"]?.object ?? [] { metadata[key] = "\(value.string ?? value.description)" }
        logger.log(level: level, "\(message)", metadata: metadata)
    }
}
