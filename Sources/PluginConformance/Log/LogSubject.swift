import BerthAPI
import JSONRPC
import LinuxSystem

/// A log driver, and the steps that several checks take.
struct LogSubject {
    let bench: Bench

    init(_ bench: Bench) { self.bench = bench }

    static var table: [Check<LogSubject>] { streams + reading + faults }

    static let name = "c1"

    @discardableResult
    func call<M: Method>(_ method: M) throws -> M.Result { try bench.call(method) }

    /// Opens a container's log and waits for the driver's first word.
    func open(_ container: String = name) throws -> LogStream { try Self.open(bench.session, container) }

    static func open(_ wire: Wire, _ container: String) throws -> LogStream {
        let (ours, theirs) = try UnixSocket.pair().take { ($0.shared(), $1.shared()) }
        try wire.call(LogOpen(container: container, containerName: "web"), descriptors: [theirs])
        return try LogStream(ours, timeout: wire.address.timeout)
    }

    func close(_ container: String = name) throws { try call(LogClose(container: container)) }

    func remove(_ container: String = name) throws { try call(LogRemove(container: container)) }

    func reader(_ request: LogRead) throws -> LogReader { try Self.reader(bench.session, request) }

    static func reader(_ wire: Wire, _ request: LogRead) throws -> LogReader {
        let reply = try wire.reply(to: request)
        guard let descriptor = reply.descriptors.first, reply.descriptors.count == 1 else {
            throw Violation("\(reply.descriptors.count) descriptors came with the answer to log.read, not one")
        }
        return try LogReader(descriptor, timeout: wire.address.timeout)
    }

    func lines(_ container: String = name, _ change: (inout LogRead) -> Void = { _ in }) throws -> [String] {
        var request = LogRead(container: container)
        change(&request)
        return try reader(request).all().map(\.text)
    }

    /// A log of numbered lines, one a second, every third on stderr; stored when this returns.
    func fill(_ count: Int, container: String = name) throws -> LogStream {
        let stream = try open(container)
        var (bytes, sequence) = ([UInt8](), UInt64(0))
        for number in 0..<count {
            let line = Array("line \(number)\n".utf8)
            let time = LogStream.start + Int64(number) * 1_000_000_000
            bytes += LogStream.frame(line, at: sequence, time: time, stream: number % 3 == 0 ? 2 : 1)
            sequence += UInt64(line.count)
        }
        try stream.send(bytes)
        try stream.waitFor(sequence)
        return stream
    }

    /// A whole log, closed.
    func write(_ text: String, to container: String = name) throws {
        let stream = try open(container)
        try stream.write(text, at: 0)
        try stream.end(at: UInt64(text.utf8.count))
        try close(container)
    }
}

func requireEqual(_ seen: [String], _ expected: [String], _ what: String) throws {
    guard seen != expected else { return }
    let index = zip(seen, expected).enumerated().first { $1.0 != $1.1 }?.offset ?? min(seen.count, expected.count)
    func show(_ lines: [String]) -> String { index < lines.count ? "\"\(lines[index].prefix(80))\"" : "nothing" }
    throw Violation(
        "\(what): \(seen.count) lines of \(expected.count); at \(index) is \(show(seen)), not \(show(expected))")
}
