import BerthAPI
import Confinement
import JSON
import LinuxSystem
import PluginConformance
import Testing

/// The kit holds a plugin to its manifest, as the daemon does.
@Suite(.enabled(if: CurrentProcess.uid == 0, "namespaces need root")) struct ConfinedTests {
    @Test("what a plugin tries beyond its manifest is in the report", arguments: ["unshare", "mount", "bpf"])
    func violation(_ call: String) throws {
        let confined = try report(call, confinement: try TreePlugin.confinement())
        let reasons = confined.failures.compactMap { $0.failure?.reason }
        #expect(reasons.count == 1)
        #expect(
            reasons.allSatisfy { $0.contains("it tried the system call \(call), which its manifest does not ask for") },
            "\(confined)")
        // Without it the same plugin fails for another reason, or works.
        let free = try report(call, confinement: nil)
        #expect(!"\(free)".contains("it tried"), "\(free)")
    }

    @Test("the host is as before") func leavesNothing() throws {
        let settings = try #require(try TreePlugin.confinement())
        _ = try report("unshare", confinement: settings)
        for root in try CgroupLayout.detect().hierarchies {
            #expect(!fileExists(root + (settings.cgroupParent ?? "")))
        }
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
        #expect(!mounts.contains("berth-confined-test"))
    }

    /// One check of a plugin that makes a system call when a volume is created.
    private func report(_ call: String, confinement: ConfinementSettings?) throws -> ConformanceReport {
        let folder = "/dev/shm/berth-confined-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        let manifest = """
            {"name": "odd", "version": "1.0.0", "kinds": ["volume"], "executable": "run", "activation": "onDemand",
             "protocol": {"minimum": 1, "maximum": 1}, "failurePolicy": "queue",
             "privileges": {"capabilities": [], "network": "none", "devices": [], "paths": []}}
            """
        let fixtures = parentDirectory(parentDirectory(#filePath)) + "/Fixtures"
        try writeFile("\(folder)/plugin.json", Array(manifest.utf8))
        try writeFile("\(folder)/behaviour", Array("calls \(call)".utf8))
        try writeFile("\(folder)/run", try readFile("\(fixtures)/odd-plugin"), mode: 0o755)
        var settings = ConformanceSettings()
        settings.scratch = "/dev/shm"
        settings.confinement = confinement
        var run = ConformanceRun(try TestedPlugin(path: folder), settings)
        run.filter = "volume create repeats"
        run.kinds = [.volume]
        return run.run()
    }
}
