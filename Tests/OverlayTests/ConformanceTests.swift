import BerthAPI
import PluginConformance
import Testing

@Suite struct ConformanceTests {
    @Test("the overlay executable conforms to the contract of snapshotters")
    func conforms() throws {
        try OverlayFixture.with { fixture in
            let plugin = fixture.plugin
            let suite = SnapshotterSuite(capabilities: plugin.capabilities) { try plugin.connect() }
            let report = suite.run()
            #expect(report.conforms, "\(report)")
            #expect(report.results.allSatisfy { $0.outcome == .passed })
            // The suite cleans up after itself, so nothing may be left.
            #expect(try fixture.kinds().isEmpty)
            _ = try plugin.call(SnapshotCleanup())
            for folder in ["snapshots", "new", "trash", "lost"] { #expect(try fixture.names(folder) == []) }
        }
    }
}
