import JSON
import LinuxSystem

/// Where a plugin listens, and how long it may take to answer.
struct WireAddress: Sendable {
    var path: String
    /// For each answer.
    var timeout: Duration
    var transcript: Transcript

    /// Opens a connection; the plugin need not have accepted it yet.
    func connect() throws -> Wire { try Wire(self) }
}

/// A connection on which lines are written and read as they are, correct or not. For one thread; calls block.
///
/// Answers may come in any order: each is kept until it is asked for. What nobody asked for is kept too.
final class Wire {
    private let socket: SharedDescriptor
    let address: WireAddress
    private var input: [UInt8] = []
    private var scanned = 0
    private var arrived: [SharedDescriptor] = []
    private var lastID: Int64 = 0
    /// By the text of the id.
    private var answers: [String: [Answer]] = [:]
    private(set) var notifications: [JSON] = []
    /// Messages that are no answers and no notifications.
    private(set) var strays: [JSON] = []

    /// An answer as it came, and what came beside it.
    struct Answer {
        var json: JSON
        var descriptors: [SharedDescriptor]
    }

    init(_ address: WireAddress) throws {
        self.address = address
        socket = try UnixSocket.connect(to: address.path).shared()
    }

    var raw: CInt { socket.raw }
    var deadline: MonotonicTime { .now + address.timeout }

    /// An id that no request of this connection had.
    func newID() -> Int64 {
        lastID += 1
        return lastID
    }

    // MARK: Writing

    /// Writes a line and its newline.
    func write(_ line: [UInt8], descriptors: [SharedDescriptor] = []) throws {
        address.transcript.sent(line)
        try writeBytes(line + [UInt8(ascii: "\n")], descriptors: descriptors)
    }

    func write(_ line: String) throws { try write(Array(line.utf8)) }

    /// Writes bytes that need not be a line.
    ///
    /// - Throws: `brokenPipe` or `connectionReset` when the plugin has closed the connection.
    func writeBytes(_ bytes: [UInt8], descriptors: [SharedDescriptor] = []) throws {
        var sent = 0
        let deadline = deadline
        while sent < bytes.count {
            let count = try bytes[sent...].withUnsafeBytes {
                try UnixSocket.send(socket.raw, $0, descriptors: sent == 0 ? descriptors.map(\.raw) : [])
            }
            if let count {
                sent += count
            } else if !StreamPoll.waitWritable(socket.raw, until: deadline) {
                throw Violation("the plugin does not read: \(bytes.count - sent) bytes could not be written")
            }
        }
    }

    // MARK: Reading

    /// Whether something, or the end, can be read before a time.
    func waitReadable(until time: MonotonicTime) -> Bool { StreamPoll.waitReadable(socket.raw, until: time) }

    /// The next line without its newline.
    ///
    /// - Returns: nil when the plugin has closed the connection.
    func readLine(until deadline: MonotonicTime) throws -> [UInt8]? {
        while true {
            if let end = input[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(input[..<end])
                input.removeFirst(end + 1)
                scanned = 0
                address.transcript.received(line)
                return line
            }
            scanned = input.count
            guard try receive(until: deadline) else { return nil }
        }
    }

    /// - Returns: false at the end.
    private func receive(until deadline: MonotonicTime) throws -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            do {
                let count = try buffer.withUnsafeMutableBytes {
                    try UnixSocket.receive(socket.raw, into: $0, descriptors: &arrived)
                }
                if let count {
                    input += buffer[..<count]
                    return count > 0
                }
            } catch let error as SystemError where error.errno == .connectionReset {
                return false
            }
            guard StreamPoll.waitReadable(socket.raw, until: deadline) else { throw Overdue() }
        }
    }

    /// Reads one message, or batch, and files it.
    ///
    /// - Returns: false when the plugin has closed the connection.
    func readMessage(until deadline: MonotonicTime) throws -> Bool {
        guard let line = try readLine(until: deadline) else { return false }
        let json: JSON
        do {
            json = try JSON(parsing: line, maximumDepth: 256)
        } catch {
            throw Violation("the plugin wrote a line that is not JSON: \(error)")
        }
        for message in json.array ?? [json] { file(message) }
        return true
    }

    private func file(_ message: JSON) {
        let count = Int(message["descriptors"]?.int ?? 0)
        let own = Array(arrived.prefix(count))
        arrived.removeFirst(own.count)
        if message["method"] != nil, message["id"] == nil {
            notifications.append(message)
        } else if message["result"] != nil || message["error"] != nil, let id = message["id"] {
            answers[id.description, default: []].append(Answer(json: message, descriptors: own))
        } else {
            strays.append(message)
        }
    }

    /// Takes the next answer to an id out of those that came, or nil.
    func takeAnswer(_ id: String) -> Answer? {
        guard var waiting = answers[id], !waiting.isEmpty else { return nil }
        let first = waiting.removeFirst()
        answers[id] = waiting.isEmpty ? nil : waiting
        return first
    }

    /// Answers that came and were not asked for.
    var unclaimed: [JSON] { answers.values.flatMap { $0.map(\.json) } + strays }
}

/// Nothing came in time.
struct Overdue: Error {}
