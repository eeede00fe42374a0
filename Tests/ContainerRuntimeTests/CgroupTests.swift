import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite struct CgroupTests {
    /// The cgroup2 file system of this host, wherever it is.
    private static let unified: CgroupLayout? = {
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

    private static var isPossible: Bool { CurrentProcess.uid == 0 && unified != nil }

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

    @Test(arguments: ["", "/", "..", "/berth/../x", "/./x"]) func anOddPathIsNoGroup(path: String) {
        let layout = CgroupLayout(version: .v2, folders: [:], hierarchies: ["/nowhere"])
        #expect(throws: SystemError.self) { try Cgroup(path, in: layout) }
    }

    @Test func sharesBecomeAWeight() {
        #expect(ResourceFiles.weight(shares: 2) == 1)
        #expect(ResourceFiles.weight(shares: 1024) == 39)
        #expect(ResourceFiles.weight(shares: 262_144) == 10_000)
    }

    @Test func limitsAreWrittenInTheWordsOfEachVersion() throws {
        var resources = RuntimeSpec.Resources()
        resources.memory = .init(limit: 100, reservation: 50, swap: 150)
        resources.cpu = .init(shares: 1024, quota: 50_000, period: 100_000, cpus: "0")
        resources.pids = .init(limit: -1)
        resources.devices = [.init(allow: false), .init(allow: true, type: "c", major: 1, minor: 3, access: "rw")]
        let v1 = try ResourceFiles(resources, .v1).writes.map { "\($0.file)=\($0.value)" }
        #expect(
            v1 == [
                "memory.limit_in_bytes=100", "memory.memsw.limit_in_bytes=150", "memory.soft_limit_in_bytes=50",
                "cpu.shares=1024", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000", "cpuset.cpus=0",
                "devices.deny=a", "devices.allow=c 1:3 rw", "pids.max=max",
            ])
        let v2 = try ResourceFiles(resources, .v2).writes.map { "\($0.file)=\($0.value)" }
        #expect(
            v2 == [
                "memory.max=100", "memory.swap.max=50", "memory.low=50", "cpu.weight=39", "cpu.max=50000 100000",
                "cpuset.cpus=0", "pids.max=max",
            ])
    }
}
