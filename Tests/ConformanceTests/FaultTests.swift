import BerthAPI
import JSON
import LinuxSystem
import PluginConformance
import Testing

/// The suites find what is wrong, and nothing else: a driver in Python with one fault at a time.
@Suite(.serialized) struct FaultTests {
    struct Fault: Sendable, CustomStringConvertible {
        var name: String
        /// `kind: check` of those that have to fail, and of no others.
        var checks: Set<String>
        var description: String { name }
    }

    static let faults = [
        Fault(name: "none", checks: []),
        Fault(name: "removes-once", checks: ["volume: remove repeats", "volume: crash in remove"]),
        Fault(name: "climbs", checks: ["volume: hostile names"]),
        Fault(name: "wrong-id", checks: ["common: one answer each"]),
        Fault(name: "answers-twice", checks: ["common: one answer each", "common: cancel", "common: deadlines"]),
        Fault(name: "hangs", checks: ["volume: usage", "volume: what is not there", "volume: leaks"]),
        Fault(name: "prints", checks: ["common: quiet stdout"]),
        Fault(name: "leaks", checks: ["volume: leaks"]),
        Fault(
            name: "forgets",
            checks: [
                "volume: content", "volume: survives SIGKILL", "volume: uses survive SIGKILL", "volume: crash in mount",
                "volume: crash in unmount", "volume: crash in reconcile",
            ]),
        Fault(name: "closes-on-nonsense", checks: ["common: malformed line"]),
        Fault(name: "ignores-sigterm", checks: ["common: SIGTERM"]),
        Fault(name: "ignores-drain", checks: ["common: drain"]),
        Fault(name: "bad-status", checks: ["common: shutdown"]),
    ]

    @Test("a fault fails its checks and no others", arguments: faults) func finds(_ fault: Fault) throws {
        var settings = ConformanceSettings()
        settings.scratch = "/dev/shm"
        settings.timeout = .seconds(2)
        settings.configuration = ["fault": JSON(fault.name)]
        let fixtures = parentDirectory(parentDirectory(#filePath)) + "/Fixtures"
        let report = ConformanceRun(try TestedPlugin(path: "\(fixtures)/faulty-volumes"), settings).run()
        #expect(Set(report.failures.map { "\($0.check.kind): \($0.check.name)" }) == fault.checks, "\(report)")
        #expect(report.failures.allSatisfy { $0.failure?.reason.isEmpty == false })
    }

    @Test("a program that is no plugin fails the handshake, and nothing else is tried") func noPlugin() throws {
        var settings = ConformanceSettings()
        settings.scratch = "/dev/shm"
        settings.timeout = .seconds(1)
        var run = ConformanceRun(try TestedPlugin(path: "/bin/true"), settings)
        run.kinds = [.volume]
        let report = run.run()
        #expect(report.failures.map(\.check.name) == ["handshake"], "\(report)")
        #expect(report.passed == 0 && report.skipped.count > 10)
    }
}
