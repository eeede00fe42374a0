import Glibc

/// A request that the kernel refused.
public struct NetlinkError: Error, Sendable, CustomStringConvertible {
    public var errno: Errno
    /// What was asked for: "create bridge berth0".
    public var purpose: String
    /// The kernel's own sentence, where it gave one (extended ack, netlink(7)).
    public var reason: String?

    public var description: String {
        "could not \(purpose): \(errno)" + (reason.map { " (\($0))" } ?? "")
    }
}

/// A netlink socket (netlink(7)) for requests that the kernel answers: one caller at a time.
///
/// A batch is one `send`: the kernel handles its messages in order and goes on after one that fails.
public struct NetlinkSocket: ~Copyable, Sendable {
    /// The protocol number.
    public enum Family: CInt, Sendable {
        case route = 0
        case netfilter = 12
    }

    /// More in one batch than the kernel's receive buffer holds acknowledgements for is refused.
    public static let maximumBatch = 128

    private let descriptor: Descriptor
    private var sequence: UInt32 = 1
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)

    /// Opens a socket in the calling thread's network namespace. Answers are waited for ten seconds at most.
    public init(_ family: Family = .route) throws(SystemError) {
        let owned = Descriptor(
            owning: try systemCall("socket", "netlink \(family)") {
                socket(AF_NETLINK, CInt(SOCK_RAW.rawValue) | CInt(SOCK_CLOEXEC.rawValue), family.rawValue)
            })
        var wait = timeval(tv_sec: 10, tv_usec: 0)
        let raw = owned.raw
        try systemCall("setsockopt", "SO_RCVTIMEO") {
            setsockopt(raw, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        }
        // NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK of linux/netlink.h, at level SOL_NETLINK.
        for option: CInt in family == .route ? [10, 11, 12] : [10, 11] {
            var on: CInt = 1
            try systemCall("setsockopt", "SOL_NETLINK \(option)") {
                setsockopt(raw, 270, option, &on, socklen_t(MemoryLayout<CInt>.size))
            }
        }
        descriptor = owned
    }

    /// Performs the requests in their order.
    ///
    /// - Returns: for each what it was answered with beside the acknowledgement, nil for most.
    /// - Throws: `NetlinkError` for the first that failed; those after it were tried all the same.
    @discardableResult
    public mutating func perform(_ messages: [NetlinkMessage]) throws -> [[UInt8]?] {
        let (answers, failures) = try outcome(messages)
        if let first = failures.compactMap({ $0 }).first { throw first }
        return answers
    }

    /// Performs the requests and tells of each how it went.
    public mutating func outcome(
        _ messages: [NetlinkMessage]
    ) throws -> (answers: [[UInt8]?], failures: [NetlinkError?]) {
        precondition(messages.count <= Self.maximumBatch, "a batch holds \(Self.maximumBatch) messages")
        var answers = [[UInt8]?](repeating: nil, count: messages.count)
        var failures = [NetlinkError?](repeating: nil, count: messages.count)
        let first = try send(messages)
        var open = messages.count
        while open > 0 {
            for reply in try receive() {
                let index = Int(reply.sequence &- first)
                guard messages.indices.contains(index) else { continue }
                guard reply.type == NetlinkReply.error else {
                    answers[index] = Array(reply.payload)
                    continue
                }
                open -= 1
                failures[index] = Self.failure(reply, messages[index])
            }
        }
        return (answers, failures)
    }

    /// Asks for a list; asks again, three times at most, when it changed while the kernel wrote it.
    public mutating func dump(_ message: NetlinkMessage) throws -> [[UInt8]] {
        for _ in 0..<3 {
            if let list = try dumpOnce(message) { return list }
        }
        throw NetlinkError(errno: .interrupted, purpose: message.purpose, reason: "the list kept changing")
    }

    private mutating func dumpOnce(_ message: NetlinkMessage) throws -> [[UInt8]]? {
        let sequence = try send([message])
        var list: [[UInt8]] = []
        var interrupted = false
        while true {
            for reply in try receive() where reply.sequence == sequence {
                interrupted = interrupted || reply.flags & 0x10 != 0
                switch reply.type {
                case NetlinkReply.noop: continue
                case NetlinkReply.done, NetlinkReply.error:
                    if let failure = Self.failure(reply, message) { throw failure }
                    return interrupted ? nil : list
                default: list.append(Array(reply.payload))
                }
            }
        }
    }

    private static func failure(_ reply: NetlinkReply, _ message: NetlinkMessage) -> NetlinkError? {
        guard let (errno, text) = reply.acknowledgement() else {
            return NetlinkError(errno: .ioError, purpose: message.purpose, reason: "truncated answer")
        }
        return errno == 0 ? nil : NetlinkError(errno: Errno(rawValue: errno), purpose: message.purpose, reason: text)
    }

    /// - Returns: the sequence number of the first; the others follow.
    private mutating func send(_ messages: [NetlinkMessage]) throws(SystemError) -> UInt32 {
        let first = sequence
        var bytes: [UInt8] = []
        for message in messages {
            bytes += message.encoded(sequence: sequence)
            sequence &+= 1
        }
        let socket = descriptor.raw
        try systemCall("send", "netlink") { Glibc.send(socket, bytes, bytes.count, 0) }
        return first
    }

    private mutating func receive() throws(SystemError) -> [NetlinkReply] {
        let socket = descriptor.raw
        while true {
            // A sockaddr_nl: family, padding, then the sender's port at offset 4; the kernel's is 0.
            var sender = (UInt32(0), UInt32(1), UInt32(0))
            var length = socklen_t(MemoryLayout.size(ofValue: sender))
            let count = try systemCall("recvfrom", "netlink") {
                buffer.withUnsafeMutableBytes { bytes in
                    withUnsafeMutableBytes(of: &sender) { address in
                        recvfrom(
                            socket, bytes.baseAddress, bytes.count, CInt(MSG_TRUNC),
                            address.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
                    }
                }
            }
            guard count <= buffer.count else { throw SystemError(.ioError, "recvfrom", "netlink: cut datagram") }
            if sender.1 == 0 { return NetlinkReply.parse(buffer[..<count]) }
        }
    }
}
