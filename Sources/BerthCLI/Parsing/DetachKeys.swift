/// The key sequence that detaches: `ctrl-p,ctrl-q` unless said, single characters or `ctrl-` with a letter or one of
/// `@ [ \ ] ^ _`.
public enum DetachKeys {
    public static let standard = "ctrl-p,ctrl-q"

    /// The bytes that a terminal in raw mode sends for the sequence; none for an empty text, which switches it off.
    public static func parse(_ text: String) throws(InvalidInput) -> [UInt8] {
        guard !text.isEmpty else { return [] }
        return try text.split(separator: ",", omittingEmptySubsequences: false).map(String.init).map(key)
    }

    private static func key(_ text: String) throws(InvalidInput) -> UInt8 {
        let bytes = Array(text.utf8)
        if bytes.count == 1, bytes[0] > 0x20, bytes[0] < 0x7f { return bytes[0] }
        let prefix = "ctrl-"
        guard text.lowercased().hasPrefix(prefix), bytes.count == prefix.utf8.count + 1, let last = bytes.last else {
            throw InvalidInput(
                "unknown key \"\(text)\" in the detach key sequence: a character, or ctrl- and a character")
        }
        switch last {
        case 0x61...0x7a: return last - 0x60
        case 0x40...0x5f: return last - 0x40
        default: throw InvalidInput("unknown character \"\(text.suffix(1))\" after ctrl- in the detach key sequence")
        }
    }
}

/// Looks for the detach sequence in what is typed. Bytes that turn out not to belong to it are passed on.
struct DetachMatcher {
    private let keys: [UInt8]
    private var matched = 0

    init(_ keys: [UInt8]) { self.keys = keys }

    /// - Returns: what to send on, and whether the sequence was completed; what follows it is dropped.
    mutating func feed(_ input: UnsafeRawBufferPointer) -> (bytes: [UInt8], detached: Bool) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(input.count + matched)
        guard !keys.isEmpty else { return (Array(input), false) }
        for byte in input {
            // A sequence may begin again inside a failed one: keep the longest end that is a beginning.
            while matched > 0, byte != keys[matched] {
                let shorter = Self.overlap(keys, matched)
                bytes += keys[..<(matched - shorter)]
                matched = shorter
            }
            if byte == keys[matched] { matched += 1 } else { bytes.append(byte) }
            if matched == keys.count {
                matched = 0
                return (bytes, true)
            }
        }
        return (bytes, false)
    }

    /// The length of the longest proper suffix of the first `count` keys that is also their prefix.
    private static func overlap(_ keys: [UInt8], _ count: Int) -> Int {
        for length in stride(from: count - 1, to: 0, by: -1)
        where keys[(count - length)..<count].elementsEqual(keys[..<length]) { return length }
        return 0
    }
}
