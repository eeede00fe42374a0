import BerthAPI
import LinuxSystem

/// Shows what a pull or push does: on a terminal one line a layer, redrawn in place; elsewhere a line for each step.
final class ProgressDisplay: @unchecked Sendable {
    // Sendable because it is only reached on the loop's thread: the program has no other.

    /// The shortest time between two drawings.
    private static let interval = Duration.milliseconds(60)
    private static let clearLine = "\r\u{1b}[2K"

    private let descriptor: CInt
    private let loop: EventLoop
    private let isTerminal: Bool
    private var layers: [LayerProgress] = []
    private var places: [String: Int] = [:]
    /// Lines on the screen that the next drawing replaces.
    private var drawn = 0
    private var timer: LoopTimer?

    init(_ descriptor: CInt, loop: EventLoop) {
        self.descriptor = descriptor
        self.loop = loop
        isTerminal = Terminal.isTerminal(descriptor)
    }

    /// Writes a line that stays.
    func line(_ text: String) { put(text + "\n") }

    func update(_ progress: TransferProgress) {
        // What is resolved is said in the first line.
        guard progress.phase != .resolving else { return }
        let layer = LayerProgress(progress)
        let place = places[progress.object]
        let changed = place.map { layers[$0].phase != layer.phase } ?? true
        if let place {
            layers[place] = layer
        } else {
            places[progress.object] = layers.count
            layers.append(layer)
        }
        if isTerminal {
            scheduleDrawing()
        } else if changed, let text = layer.plainText {
            line(text)
        }
    }

    /// Draws the last state; what is written next stands below it.
    func end() {
        guard isTerminal else { return }
        if let timer { loop.cancel(timer) }
        timer = nil
        if !layers.isEmpty { draw() }
        (layers, places, drawn) = ([], [:], 0)
    }

    private func scheduleDrawing() {
        guard timer == nil else { return }
        timer = loop.schedule(after: Self.interval) { [weak self] in
            self?.timer = nil
            self?.draw()
        }
    }

    private func draw() {
        let size = Terminal.size(descriptor) ?? TerminalSize(rows: 24, columns: 80)
        var text = drawn > 0 ? "\u{1b}[\(drawn)A" : ""
        text += retire(keeping: max(1, size.rows - 2), size.columns)
        for layer in layers { text += Self.clearLine + layer.text(columns: size.columns) + "\n" }
        drawn = layers.count
        put(text)
    }

    /// More layers than the screen has lines: those that are ready are written once and left behind.
    private func retire(keeping maximum: Int, _ columns: Int) -> String {
        guard layers.count > maximum else { return "" }
        var text = ""
        var excess = layers.count - maximum
        layers.removeAll { layer in
            guard excess > 0, layer.isFinished else { return false }
            excess -= 1
            text += Self.clearLine + layer.text(columns: columns) + "\n"
            return true
        }
        if layers.count > maximum { layers.removeLast(layers.count - maximum) }
        places = Dictionary(uniqueKeysWithValues: layers.enumerated().map { ($1.object, $0) })
        return text
    }

    private func put(_ text: String) {
        // Progress that nobody can see is no reason to stop.
        try? StandardStream.write(Array(text.utf8), to: descriptor)
    }
}
