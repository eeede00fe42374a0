import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Limits of the configuration as the writes that they become.
@Suite struct ResourceTests {
    private func writes(
        _ resources: RuntimeSpec.Resources, _ version: CgroupLayout.Version, now: [String: String] = [:]
    ) throws -> [String] {
        try ResourcePlan(resources, version) { now[$1] }.writes.map { "\($0.file)=\($0.value)" }
    }

    private func of(_ change: (inout RuntimeSpec.Resources) -> Void) -> RuntimeSpec.Resources {
        var resources = RuntimeSpec.Resources()
        change(&resources)
        return resources
    }

    private func refusal(
        _ version: CgroupLayout.Version, now: [String: String] = [:],
        _ change: (inout RuntimeSpec.Resources) -> Void
    ) -> String {
        do {
            return "accepted: \(try writes(of(change), version, now: now))"
        } catch {
            return "\(error)"
        }
    }

    @Test func sharesAndWeightsAreConverted() {
        #expect(ResourcePlan.weight(shares: 2) == 1)
        #expect(ResourcePlan.weight(shares: 1024) == 39)
        #expect(ResourcePlan.weight(shares: 262_144) == 10_000)
        #expect(ResourcePlan.weight(io: 10) == 1)
        #expect(ResourcePlan.weight(io: 1000) == 10_000)
    }

    @Test func limitsAreWrittenInTheWordsOfEachVersion() throws {
        let resources = of {
            $0.memory = .init(limit: 100 << 20, reservation: 50 << 20, swap: 150 << 20)
            $0.cpu = .init(shares: 1024, quota: 50_000, period: 100_000, cpus: "0")
            $0.cpu?.burst = 1000
            $0.pids = .init(limit: -1)
        }
        #expect(
            try writes(resources, .v1) == [
                "memory.limit_in_bytes=104857600", "memory.memsw.limit_in_bytes=157286400",
                "memory.soft_limit_in_bytes=52428800", "cpu.shares=1024", "cpu.cfs_period_us=100000",
                "cpu.cfs_quota_us=50000", "cpu.cfs_burst_us=1000", "cpuset.cpus=0", "pids.max=max",
            ])
        #expect(
            try writes(resources, .v2) == [
                "memory.swap.max=52428800", "memory.max=104857600", "memory.low=52428800", "cpu.weight=39",
                "cpu.max=50000 100000", "cpu.max.burst=1000", "cpuset.cpus=0", "pids.max=max",
            ])
    }

    @Test func zeroIsAsIfItWereNotThere() throws {
        let resources = of {
            $0.memory = .init(limit: 0, reservation: 0, swap: 0)
            $0.cpu = .init(shares: 0, quota: 0, period: 0, cpus: "")
            $0.pids = .init(limit: 0)
            $0.blockIO = .init()
            $0.blockIO?.weight = 0
        }
        #expect(try writes(resources, .v1).isEmpty)
        #expect(try writes(resources, .v2).isEmpty)
    }

    @Test func anUpdateOfOneHalfLooksAtTheOther() throws {
        let swap = of { $0.memory = .init(swap: 150) }
        #expect(try writes(swap, .v2, now: ["memory.max": "100"]) == ["memory.swap.max=50"])
        #expect(
            refusal(.v2, now: ["memory.max": "max"]) { $0.memory = .init(swap: 150) }.contains("needs memory.limit"))
        let period = of { $0.cpu = .init(period: 20_000) }
        #expect(try writes(period, .v2, now: ["cpu.max": "5000 100000"]) == ["cpu.max=5000 20000"])
        #expect(try writes(of { $0.cpu = .init(quota: 7000) }, .v2) == ["cpu.max=7000"])
        #expect(try writes(of { $0.cpu = .init(quota: -1) }, .v2) == ["cpu.max=max"])
        let unlimited = of { $0.memory = .init(limit: -1) }
        #expect(try writes(unlimited, .v1) == ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1"])
        #expect(try writes(unlimited, .v2) == ["memory.swap.max=max", "memory.max=max"])
        let raised = refusal(.v1, now: ["memory.memsw.limit_in_bytes": "1048576"]) { $0.memory = .init(limit: 2 << 20) }
        #expect(raised.contains("raise memory.swap too"))
    }

    @Test func devicesOfInputAndOutput() throws {
        let resources = of {
            var io = RuntimeSpec.BlockIO()
            io.weight = 500
            io.weightDevice = [.init(major: 8, minor: 0, weight: 10)]
            io.throttleReadBpsDevice = [.init(major: 8, minor: 0, rate: 1000)]
            io.throttleWriteIOPSDevice = [.init(major: 8, minor: 1, rate: 0)]
            $0.blockIO = io
        }
        #expect(
            try writes(resources, .v1) == [
                "blkio.bfq.weight=500", "blkio.bfq.weight_device=8:0 10", "blkio.throttle.read_bps_device=8:0 1000",
                "blkio.throttle.write_iops_device=8:1 0",
            ])
        #expect(
            try writes(resources, .v2) == [
                "io.bfq.weight=500", "io.bfq.weight=8:0 10", "io.max=8:0 rbps=1000", "io.max=8:1 wiops=max",
            ])
        #expect(
            try ResourcePlan(resources, .v2).writes.prefix(2).map(\.otherwise?.value) == ["default 4950", "8:0 1"])
    }

    @Test func hugePagesNetworksAndWhatTheKernelCallsThem() throws {
        let pages = of {
            $0.hugepageLimits = [.init(pageSize: "2MB", limit: 4 << 20)]
            $0.rdma = ["mlx5_0": .init(hcaHandles: 3)]
        }
        #expect(
            try writes(pages, .v2) == [
                "hugetlb.2MB.max=4194304", "hugetlb.2MB.rsvd.max=4194304",
                "rdma.max=mlx5_0 hca_handle=3 hca_object=max",
            ])
        let unified = of {
            $0.memory = .init(limit: 1 << 30)
            $0.unified = ["memory.high": "900000000", "io.max": "8:0 rbps=1\n8:16 wbps=2"]
        }
        #expect(
            try writes(unified, .v2) == [
                "memory.max=1073741824", "io.max=8:0 rbps=1", "io.max=8:16 wbps=2", "memory.high=900000000",
            ])
        let classes = of { $0.network = .init(classID: 7, priorities: [.init(name: "eth0", priority: 2)]) }
        #expect(try writes(classes, .v1) == ["net_cls.classid=7", "net_prio.ifpriomap=eth0 2"])
    }

    @Test func whatNoKernelTakesIsNamed() {
        #expect(refusal(.v1) { $0.cpu = .init(quota: 999) }.contains("cpu.quota 999"))
        #expect(refusal(.v1) { $0.cpu = .init(period: 2_000_000) }.contains("cpu.period 2000000"))
        #expect(refusal(.v1) { $0.cpu = .init(cpus: "0;1") }.contains("cpu.cpus 0;1"))
        #expect(refusal(.v1) { $0.memory = .init(limit: 4096) }.contains("too little to start a process"))
        #expect(refusal(.v2) { $0.memory = .init(limit: 2 << 20, swap: 1 << 20) }.contains("below memory.limit"))
        #expect(refusal(.v1) { $0.unified = ["memory.max": "1"] }.contains("needs cgroup v2"))
        #expect(refusal(.v2) { $0.unified = ["../x.y": "1"] }.contains("no file of a control group"))
        #expect(refusal(.v1) { $0.hugepageLimits = [.init(pageSize: "../2MB", limit: 1)] }.contains("no page size"))
        #expect(refusal(.v1) { $0.devices = [.init(allow: true, type: "x")] }.contains("type x"))
        #expect(refusal(.v1) { $0.devices = [.init(allow: true, type: "c", access: "rx")] }.contains("access rx"))
        for version in [CgroupLayout.Version.v1, .v2] {
            let leaf = refusal(version) {
                $0.blockIO = .init()
                $0.blockIO?.leafWeight = 10
            }
            #expect(leaf.contains("leafWeight"))
        }
        let busy = refusal(.v2, now: ["memory.current": "9000000"]) {
            $0.memory = .init(limit: 1 << 20)
            $0.memory?.checkBeforeUpdate = true
        }
        #expect(busy.contains("below what the container uses now, 9000000"))
    }

    @Test func version2SaysWhatItHasNot() {
        let swappiness = refusal(.v2) {
            $0.memory = .init()
            $0.memory?.swappiness = 10
        }
        #expect(swappiness.contains("swappiness"))
        let killer = refusal(.v2) {
            $0.memory = .init()
            $0.memory?.disableOOMKiller = true
        }
        #expect(killer.contains("disableOOMKiller"))
        let realtime = refusal(.v2) {
            $0.cpu = .init()
            $0.cpu?.realtimeRuntime = 1000
        }
        #expect(realtime.contains("realtimeRuntime"))
    }

    @Test func everyContainerHasTheDefaultDevices() throws {
        let denied = of { $0.devices = [.init(allow: false), .init(allow: true, type: "c", major: 10, minor: 200)] }
        let written = try writes(denied, .v1)
        #expect(written.prefix(2) == ["devices.deny=a", "devices.allow=c 10:200 rwm"])
        #expect(written.contains("devices.allow=c 1:3 rwm") && written.contains("devices.allow=b *:* m"))
        #expect(try writes(of { $0.devices = [.init(allow: true)] }, .v1) == ["devices.allow=a"])
        #expect(try writes(of { $0.devices = [] }, .v1).isEmpty)
    }
}
