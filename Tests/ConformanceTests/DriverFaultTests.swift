import BerthAPI
import JSON
import LinuxSystem
import PluginConformance
import Testing

/// The suites of the kinds find what is wrong, and nothing else: drivers of the SDK with one fault at a time
/// (Tests/Fixtures/faulty-drivers). What every plugin has to do, and volumes, are FaultTests' business.
@Suite(.serialized, .enabled(if: CurrentProcess.uid == 0, "snapshots and namespaces need root"))
struct DriverFaultTests {
    struct Fault: Sendable, CustomStringConvertible {
        /// Kind of the driver.
        var driver: String
        var suite: PluginKind
        var name: String
        /// Those that have to fail, and no others but "crash in …": what those see depends on the moment.
        var checks: Set<String>
        var description: String { "\(suite): \(name)" }

        init(_ suite: PluginKind, _ name: String, _ checks: Set<String>) {
            driver = suite == .differ ? "snapshotter" : suite.rawValue
            (self.suite, self.name, self.checks) = (suite, name, checks)
        }
    }

    static let faults = [
        Fault(.snapshotter, "writable-views", ["views are read-only"]),
        Fault(.snapshotter, "any-parent", ["parents must be committed"]),
        Fault(.snapshotter, "no-labels", ["labels and list"]),
        Fault(.snapshotter, "childless", ["remove"]),
        Fault(.snapshotter, "removes-once", ["remove", "crash in remove"]),
        Fault(
            .snapshotter, "empty-children",
            [
                "cleanup", "children see and hide", "removals are committed", "siblings are apart",
                "the root's owner is kept", "survives SIGKILL", "crash in prepare",
            ]),
        Fault(.snapshotter, "long-keys", ["keys are strings"]),
        Fault(.snapshotter, "whole-usage", ["usage"]),
        Fault(.snapshotter, "begins-late", ["late calls"]),
        Fault(.differ, "keeps-whiteouts", ["whiteouts", "hostile layers"]),
        Fault(.differ, "hides-its-own", ["whiteouts"]),
        Fault(.differ, "climbs", ["hostile layers"]),
        Fault(.differ, "wrong-digest", ["apply", "crash in apply"]),
        Fault(.differ, "takes-half", ["truncated layers"]),
        Fault(
            .network, "leaves-links",
            ["detach", "hostile endpoints", "cancelled calls", "leaks", "crash in attach", "crash in detach"]),
        Fault(
            .network, "deletes-used",
            [
                "delete refuses", "attach repeats", "sandboxes reach each other", "chosen addresses",
                "hostile endpoints", "survives SIGKILL", "concurrent endpoints",
            ]),
        Fault(.network, "no-reconcile", ["reconcile", "reconcile to nothing", "crash in reconcile"]),
        Fault(.network, "begins-late", ["late calls"]),
        Fault(.network, "same-subnet", ["networks are apart", "wrong subnets"]),
        Fault(.log, "one-stream", ["lines", "choice of lines", "SIGKILL keeps lines"]),
        Fault(
            .log, "no-tail",
            [
                "choice of lines", "follow with a tail", "slow followers", "readers that leave", "rotate",
                "crash in rotate",
            ]),
        Fault(.log, "any-option", ["options"]),
        Fault(.log, "begins-late", ["late calls"]),
        Fault(
            .log, "keeps-removed",
            ["remove", "reconcile", "crash in remove", "crash in reconcile", "leaks", "late calls"]),
        Fault(
            .log, "starts-over",
            [
                "open replaces", "gaps", "nonsense on a stream", "SIGKILL keeps lines", "SIGKILL at any moment",
                "crash in rotate",
            ]),
        Fault(.registry, "trusts", ["push that lies"]),
        Fault(.registry, "fixed-tags", ["tags move"]),
        Fault(.registry, "any-name", ["catalog", "hostile names"]),
        Fault(.registry, "has-all", ["exists", "push that lies"]),
        Fault(.registry, "empty-tags", ["tags", "what is not there", "hostile names", "concurrent pushes"]),
        Fault(.registry, "always-new", ["push repeats"]),
        Fault(.registry, "from-the-start", ["fetch goes on", "hostile descriptors"]),
    ]

    @Test("a fault fails its checks and no others", arguments: faults) func finds(_ fault: Fault) throws {
        let folder = "/dev/shm/berth-faults-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        let program = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/faulty-drivers"
        // The name that it is started under says which driver, and which fault.
        let link = "\(folder)/faulty-\(fault.driver)+\(fault.name)"
        try makeLink(program, at: link)
        var settings = ConformanceSettings()
        settings.scratch = "/dev/shm"
        settings.timeout = .seconds(30)
        var run = ConformanceRun(try TestedPlugin(path: link), settings)
        run.kinds = [fault.suite]
        let report = run.run()
        let failures = Set(report.failures.map(\.check.name))
        let others = failures.subtracting(fault.checks).filter { !$0.hasPrefix("crash in ") }
        #expect(fault.checks.isSubset(of: failures) && others.isEmpty, "\(report)")
    }
}
