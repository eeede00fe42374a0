import BerthAPI
import LinuxSystem
import PluginConformance
import Testing

@Suite(.serialized) struct ConformanceTests {
    @Test("plugins of the tree do what the protocol says", arguments: TreePlugin.all)
    func conforms(_ plugin: TreePlugin) throws {
        var settings = ConformanceSettings()
        settings.scratch = "/dev/shm/berth-tree-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectory(settings.scratch)
        defer { #expect(removeEmptyDirectory(settings.scratch), "something was left in \(settings.scratch)") }
        settings.timeout = .seconds(60)
        settings.confinement = try TreePlugin.confinement()
        var run = ConformanceRun(try plugin.source(), settings)
        run.kinds = [PluginKind(rawValue: plugin.suite)]
        let report = run.run()
        #expect(report.conforms, "\(report)")
        #expect(report.passed > 0, "every check was skipped")
    }
}
