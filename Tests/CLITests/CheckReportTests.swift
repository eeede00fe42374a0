import BerthAPI
import Testing

@testable import BerthCLI

struct CheckReportTests {
    private static let findings: [CheckFinding] = {
        var lost = CheckFinding(
            check: "snapshots", object: "container web", plugin: "disk", severity: .error,
            message: "its snapshot is gone",
            repair: "make a new one")
        lost.repaired = true
        let away = CheckFinding(
            check: "logs", object: "plugin file", plugin: "file", severity: .warning, message: "not checked: it is away"
        )
        let note = CheckFinding(
            check: "images", object: "image busybox", severity: .ok, message: "it is not unpacked")
        return [lost, note, away]
    }()

    private func text(_ findings: [CheckFinding], verbose: Bool = false, coloured: Bool = false) -> String {
        let result = SystemCheck.Result(checks: ["snapshots", "images", "logs", "folders"], findings: findings)
        return CheckReport(result: result, isVerbose: verbose, isColoured: coloured).text
    }

    @Test func showsFindingsByCheckAndASummary() {
        let expected = """
            snapshots
              ✓ container web [disk]: its snapshot is gone (repaired: make a new one)
            logs
              ! plugin file: not checked: it is away
            ! 4 checks: 1 warning, 1 repaired

            """
        #expect(text(Self.findings) == expected)
    }

    @Test func saysWhatIsInOrderWhenAsked() {
        let lines = text(Self.findings, verbose: true).split(separator: "\n")
        #expect(lines.contains("  ✓ image busybox: it is not unpacked") && lines.contains("✓ folders"))
        #expect(text([]) == "✓ 4 checks, nothing wrong\n")
    }

    @Test func coloursAreForTerminals() {
        var lost = Self.findings[0]
        lost.repaired = false
        #expect(text([lost], coloured: true).contains("\u{1B}[31m✗\u{1B}[0m container web"))
        #expect(text([lost]).hasSuffix("✗ 4 checks: 1 error; berth doctor --repair mends 1\n"))
    }
}
