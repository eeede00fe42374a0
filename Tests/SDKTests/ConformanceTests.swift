import BerthAPI
import Confinement
import LinuxSystem
import PluginConformance
import TestSupport
import Testing

/// Every example against the suites of its kinds: what `berth plugin test` runs.
@Suite(.serialized) struct ConformanceTests {
    @Test("examples do what the protocol says", arguments: Example.all) func conforms(_ example: Example) throws {
        try SDKFixture.withFolder { folder in
            let package = try SDKFixture.install("\(SDKFixture.tree)/SDK/examples/\(example.name)", below: folder)
            try expectConformance(of: package, suite: example.suite)
        }
    }
}

/// An example and one of its suites.
struct Example: Sendable, CustomStringConvertible {
    var name: String
    var suite: PluginKind
    var description: String { "\(name), \(suite)" }

    static let all = [
        ("sqlite-log", [PluginKind.log]), ("quota-volume", [.volume]), ("veth-network", [.network]),
        ("native-snapshotter", [.snapshotter, .differ]), ("shell-log", [.log]),
    ].flatMap { name, kinds in ([.common] + kinds).map { Example(name: name, suite: $0) } }
}

/// Runs a suite against a plugin's folder, and expects every check to pass.
///
/// - Parameter confined: as the daemon holds plugins in. Not for one that needs libraries from outside the system's
///   folders.
func expectConformance(
    of package: String, suite: PluginKind, confined: Bool = true, _ location: SourceLocation = #_sourceLocation
) throws {
    var settings = ConformanceSettings()
    settings.scratch = "/dev/shm"
    settings.timeout = .seconds(60)
    if confined, CurrentProcess.uid == 0 {
        settings.confinement = ConfinementSettings(
            executable: "\(try SDKFixture.products())/berth-confine",
            cgroupParent: "/berth-conformance-\(Host.processID)")
    }
    var run = ConformanceRun(try TestedPlugin(path: package), settings)
    run.kinds = [suite]
    let report = run.run()
    let failures = report.results.filter { if case .failed = $0.outcome { true } else { false } }
    #expect(failures.isEmpty, "\(report)", sourceLocation: location)
}
