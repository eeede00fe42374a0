import BerthAPI

/// What `berth doctor` prints: the findings by check, a line each, and a summary.
struct CheckReport {
    let result: SystemCheck.Result
    let isVerbose: Bool
    let isColoured: Bool

    var text: String {
        var lines: [String] = []
        for check in result.checks {
            let findings = result.findings.filter { $0.check == check && (isVerbose || $0.severity != .ok) }
            if !findings.isEmpty {
                lines.append(check)
                lines += findings.map { "  \(line($0))" }
            } else if isVerbose {
                lines.append("\(mark(.ok)) \(check)")
            }
        }
        return (lines + [summary]).joined(separator: "\n") + "\n"
    }

    private func line(_ finding: CheckFinding) -> String {
        let plugin = finding.plugin.map { finding.object == "plugin \($0)" ? "" : " [\($0)]" } ?? ""
        let text = "\(finding.object)\(plugin): \(finding.message)"
        guard let repair = finding.repair else { return "\(mark(finding.severity)) \(text)" }
        return finding.repaired
            ? "\(mark(.ok)) \(text) (repaired: \(repair))" : "\(mark(finding.severity)) \(text) (repair: \(repair))"
    }

    private func mark(_ severity: CheckFinding.Severity) -> String {
        let (sign, colour) =
            switch severity {
            case .ok: ("✓", 32)
            case .warning: ("!", 33)
            case .error: ("✗", 31)
            }
        return isColoured ? "\u{1B}[\(colour)m\(sign)\u{1B}[0m" : sign
    }

    private var summary: String {
        let left = result.findings.filter(\.isLeft)
        let repaired = result.findings.count { $0.repaired }
        guard !left.isEmpty || repaired > 0 else { return "\(mark(.ok)) \(result.checks.count) checks, nothing wrong" }
        let errors = left.count { $0.severity == .error }
        let parts = [
            errors > 0 ? Self.counted(errors, "error") : nil,
            left.count > errors ? Self.counted(left.count - errors, "warning") : nil,
            repaired > 0 ? "\(repaired) repaired" : nil,
        ].compactMap { $0 }
        let repairs = left.count { $0.repair != nil }
        let hint = repairs > 0 && repaired == 0 ? "; berth doctor --repair mends \(repairs)" : ""
        let severity: CheckFinding.Severity = errors > 0 ? .error : left.isEmpty ? .ok : .warning
        return "\(mark(severity)) \(result.checks.count) checks: \(parts.joined(separator: ", "))\(hint)"
    }

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
}
