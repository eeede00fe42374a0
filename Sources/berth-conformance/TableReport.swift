import BerthAPI
import PluginConformance

struct TableStyle {
    var colour: Bool

    func paint(_ text: String, _ code: Int) -> String { colour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }
}

/// A line for each check, then what was seen where one failed, then the count.
enum TableReport {
    private static let kindWidth = 12
    private static let nameWidth = 34

    static func row(_ result: CheckResult, _ style: TableStyle) -> String {
        let word: String
        let note: String
        switch result.outcome {
        case .passed: (word, note) = (style.paint("pass", 32), "")
        case .skipped(let reason): (word, note) = (style.paint("skip", 33), reason)
        case .failed(let failure): (word, note) = (style.paint("FAIL", 31), failure.reason)
        }
        let milliseconds = pad("\(result.duration.totalMilliseconds) ms", -9)
        let line =
            "\(word)  \(pad(result.check.kind.rawValue, kindWidth))\(pad(result.check.name, nameWidth))"
            + "\(milliseconds)  \(note.prefix(120).replacing("\n", with: " "))"
        return trimmed(line) + "\n"
    }

    static func text(_ report: ConformanceReport, _ style: TableStyle, withRows: Bool) -> String {
        var text = withRows ? report.results.map { row($0, style) }.joined() : ""
        for result in report.failures { text += details(result, style) }
        let summary = "\(report.passed) passed, \(report.failures.count) failed, \(report.skipped.count) skipped"
        return text + "\n\(report.plugin): \(style.paint(summary, report.conforms ? 32 : 31))\n"
    }

    private static func details(_ result: CheckResult, _ style: TableStyle) -> String {
        guard let failure = result.failure else { return "" }
        var lines = [
            "", style.paint("\(result.check.kind): \(result.check.name)", 31), "  claim:   \(result.check.claim)",
            "  seen:    \(failure.reason)",
        ]
        if let request = failure.request { lines.append("  request: \(request)") }
        if let answer = failure.answer { lines.append("  answer:  \(answer)") }
        if let log = failure.log { lines.append("  stderr:  \(log.replacing("\n", with: "\n           "))") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// To the right for a negative width.
    private static func pad(_ text: String, _ width: Int) -> String {
        let fill = String(repeating: " ", count: max(0, abs(width) - text.count))
        return width < 0 ? fill + text : text + fill
    }

    private static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line.removeLast() }
        return String(line)
    }
}

extension Duration {
    /// Rounded down.
    var totalMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
}
