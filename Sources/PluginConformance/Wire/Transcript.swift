import LinuxSystem
import Synchronization

/// What was said last, for the report of a check that failed.
public final class Transcript: Sendable {
    private struct State {
        var request: String?
        var answer: String?
    }

    /// Bytes of a line that are kept.
    private static let limit = 600

    private let state = Mutex(State())

    public init() {}

    /// The last request; forgets the answer to the one before.
    func sent(_ line: [UInt8]) { state.withLock { $0 = State(request: Self.clip(line), answer: nil) } }

    func received(_ line: [UInt8]) { state.withLock { $0.answer = Self.clip(line) } }

    public var request: String? { state.withLock { $0.request } }
    public var answer: String? { state.withLock { $0.answer } }

    private static func clip(_ line: [UInt8]) -> String {
        let text = String(decoding: line.prefix(limit), as: UTF8.self)
        return line.count > limit ? "\(text)… (\(line.count) bytes)" : text
    }
}
