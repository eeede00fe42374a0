import LinuxSystem
import Testing

@testable import ContainerRuntime

@Suite struct CgroupTests {
    /// The cgroup2 file system of this host, wherever it is.
    static let unified: CgroupLayout? = {
        for path in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] where fileExists("\(path)/cgroup.procs") {
            do {
                _ = try KernelFolder(path, [.cgroup2])
                return CgroupLayout(version: .v2, folders: [:], hierarchies: [path])
            } catch {
                continue
            }
        }
        return nil
    }()

    static var isPossible: Bool { CurrentProcess.uid == 0 && unified != nil }

    @Test(.enabled(if: isPossible)) func version2FreezesKillsAndRemoves() throws {
        let layout = try #require(Self.unified)
        let group = try Cgroup("/berth-test-\(UInt64.random(in: 0...UInt64.max))/inner", in: layout)
        try group.create()
        var request = SpawnRequest(.path("/bin/busybox"), arguments: ["sleep", "1000"])
        request.cgroupFiles = [
            try KernelFolder(group.folders[0], [.cgroup2]).open("cgroup.procs", forWriting: true).shared()
        ]
        let process = try spawn(request)
        #expect(try group.processes() == [process.pid])
        try group.freeze()
        #expect(try group.isFrozen)
        try group.thaw()
        #expect(try !group.isFrozen)
        try group.freeze()
        try group.remove()
        #expect(try ProcessDescriptor.wait(process.pidfd.raw) == .signaled(9, coreDumped: false))
        #expect(!fileExists(group.folders[0]))
        try group.remove()
        try Cgroup(parentDirectory(group.path), in: layout).remove()
    }

    /// As plugins that start at the same time do.
    @Test(.enabled(if: isPossible)) func severalMakeTheSameGroupAtOnce() async throws {
        let group = try Cgroup(
            "/berth-test-\(UInt64.random(in: 0...UInt64.max))/a/b/c", in: try #require(Self.unified))
        await withTaskGroup(of: Bool.self) { tasks in
            for _ in 0..<8 {
                tasks.addTask {
                    do {
                        try group.create()
                        return true
                    } catch {
                        Issue.record(error)
                        return false
                    }
                }
            }
        }
        try Cgroup(parentDirectory(parentDirectory(parentDirectory(group.path))), in: group.layout).remove()
    }

    @Test(arguments: ["", "/", "..", "/berth/../x", "/./x"]) func anOddPathIsNoGroup(path: String) {
        let layout = CgroupLayout(version: .v2, folders: [:], hierarchies: ["/nowhere"])
        #expect(throws: SystemError.self) { try Cgroup(path, in: layout) }
    }
}
