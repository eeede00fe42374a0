import LinuxSystem
import Synchronization

/// Shows how far a copy is, and at its end what was copied: docker's words.
final class CopyProgress: Sendable {
    private static let interval = Duration.milliseconds(100)

    private let output: CInt
    private let heading: String
    private let isShown: Bool
    private let isTerminal: Bool
    private let state = Mutex((bytes: Int64(0), drawn: MonotonicTime.now))

    /// - Parameters:
    ///   - heading: `Copying to container`.
    ///   - isShown: false to say nothing.
    init(_ heading: String, to output: CInt, isShown: Bool) {
        self.heading = heading
        self.output = output
        self.isShown = isShown
        isTerminal = Terminal.isTerminal(output)
    }

    /// Bytes of the archive so far.
    func update(_ bytes: Int64) {
        let isDue = state.withLock { state in
            state.bytes = bytes
            guard isShown, isTerminal, state.drawn + Self.interval < .now else { return false }
            state.drawn = .now
            return true
        }
        if isDue { write("\r\u{1b}[2K\(heading) - \(HumanSize.decimal(bytes, digits: 4))") }
    }

    func succeed(to place: String) {
        guard isShown else { return }
        let bytes = HumanSize.decimal(state.withLock { $0.bytes }, digits: 3)
        write((isTerminal ? "\r\u{1b}[2K" : "") + "Successfully copied \(bytes) to \(place)\n")
    }

    func fail() {
        if isShown, isTerminal { write("\r\u{1b}[2K") }
    }

    private func write(_ text: String) { try? StandardStream.write(Array(text.utf8), to: output) }
}
