import LinuxSystem
import OCISpec
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

    /// Whether cgroup v2 has the controllers, and containers their groups there.
    static let isVersion2 = (try? CgroupLayout.detect().version) == .v2

    /// As systemd in a container does: no process may be in the container's group itself any more.
    @Test(
        .enabled(if: RuntimeFixture.isPossible),
        .enabled(if: isVersion2, "only v2 refuses processes in a group that was divided; make test-vm has it"))
    func aContainerThatHasDividedItsGroupTakesExecs() throws {
        try RuntimeFixture.with(["sleep", "1000"]) { box throws in
            let index = try #require(box.spec.mounts?.firstIndex { $0.type == "cgroup" })
            box.spec.mounts?[index].options = ["rw", "nosuid"]
            try box.start()
            let divide = """
                cd /sys/fs/cgroup && mkdir init other && echo 1 >init/cgroup.procs && echo $$ >other/cgroup.procs &&
                echo '+memory +pids' >cgroup.subtree_control && cat cgroup.subtree_control
                """
            let divided = try box.exec([], "sh", "-c", divide)
            #expect(divided.out == "memory pids\n", "\(divided.err)")
            let inside = try box.exec([], "cat", "/proc/self/cgroup")
            #expect(inside.code == 0 && inside.out == "0::/init\n", "\(inside.err)")
            // Limits and what is counted remain those of the whole.
            let group = try Cgroup("/berth-test-\(box.id)", in: .detect())
            #expect(try group.processes() == [box.record().pid])
            #expect(try group.statistics().memoryLimit == 64 << 20)
            #expect(try box.runtime(["update", "--pids-limit", "7", box.id]).code == 0)
            #expect(try group.statistics().processLimit == 7)
        }
    }

    /// Groups of threads do not list processes.
    @Test(.enabled(if: isPossible)) func processesOfAGroupWithThreadedParts() throws {
        let group = try Cgroup(
            "/berth-test-\(UInt64.random(in: 0...UInt64.max))", in: try #require(Self.unified))
        try group.create()
        defer { #expect(throws: Never.self) { try group.remove() } }
        var request = SpawnRequest(.path("/bin/busybox"), arguments: ["sleep", "1000"])
        request.cgroupFiles = try group.spawnFiles()
        let process = try spawn(request)
        let part = try Cgroup("\(group.path)/part", in: group.layout)
        try makeDirectory(part.folders[0])
        try KernelFolder(part.folders[0], [.cgroup2]).write("cgroup.type", "threaded")
        try KernelFolder(part.folders[0], [.cgroup2]).write("cgroup.threads", "\(process.pid)")
        #expect(try group.processes() == [process.pid])
        #expect(try group.part(of: process.pid) == part)
        try group.remove()
        #expect(try ProcessDescriptor.wait(process.pidfd.raw) == .signaled(9, coreDumped: false))
    }

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
