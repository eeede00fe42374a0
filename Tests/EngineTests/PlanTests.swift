import BerthAPI
import LinuxSystem
import OCISpec
import Testing

@testable import Engine

/// What is wrong with a request is said in one sentence before anything is made.
@Suite struct PlanTests {
    private static func plan(_ change: (inout ContainerConfig) -> Void) throws -> ContainerPlan {
        var config = ContainerConfig(image: "busybox")
        config.command = ["true"]
        change(&config)
        return try ContainerPlan(
            config: config, image: ImageConfiguration(os: "linux", architecture: "amd64", diffIDs: []))
    }

    private static let limits: [(change: @Sendable (inout Resources) -> Void, sentence: String)] = [
        ({ $0.memory = 5 << 20 }, "minimum memory limit allowed is 6MB, 5242880 bytes were asked for"),
        ({ $0.memorySwap = 7 << 20 }, "you should always set the memory limit when using the memory-swap limit"),
        (
            { ($0.memory, $0.memorySwap) = (8 << 20, 7 << 20) },
            "minimum memory-swap limit should be larger than the memory limit"
        ),
        ({ $0.memorySwap = -2 }, "invalid memory-swap limit -2"),
        ({ $0.memoryReservation = 1 }, "minimum memory reservation allowed is 6MB, 1 bytes were asked for"),
        (
            { ($0.memory, $0.memoryReservation) = (8 << 20, 9 << 20) },
            "minimum memory limit can not be less than memory reservation limit"
        ),
        ({ $0.memorySwappiness = 101 }, "invalid value: 101, valid memory swappiness range is 0-100"),
        (
            { ($0.nanoCPUs, $0.cpuPeriod) = (1_000_000_000, 1000) },
            "conflicting options: Nano CPUs and CPU Period cannot both be set"
        ),
        (
            { ($0.nanoCPUs, $0.cpuQuota) = (1_000_000_000, 1000) },
            "conflicting options: Nano CPUs and CPU Quota cannot both be set"
        ),
        (
            { $0.nanoCPUs = Int64(Host.processors + 1) * 1_000_000_000 },
            "range of CPUs is from 0.01 to \(Host.processors).00, as there are only \(Host.processors) CPUs available"
        ),
        ({ $0.cpuShares = 1 }, "invalid CPU shares 1: from 2 to 262144"),
        (
            { $0.cpuPeriod = 999 },
            "CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"
        ),
        ({ $0.cpuQuota = 999 }, "CPU cfs quota cannot be less than 1ms (i.e. 1000)"),
        (
            { ($0.cpuRealtimeRuntime, $0.cpuRealtimePeriod) = (2, 1) },
            "cpu real-time runtime cannot be higher than cpu real-time period"
        ),
        ({ $0.cpusetCPUs = "a" }, "invalid value a for cpuset cpus"),
        ({ $0.cpusetMems = "0-" }, "invalid value 0- for cpuset mems"),
        ({ $0.pids = -2 }, "invalid pids limit -2"),
        ({ $0.blockIOWeight = 9 }, "range of blkio weight is from 10 to 1000"),
        (
            { $0.deviceReadRates = [DeviceRate(path: "/dev/null", rate: 1)] }, "/dev/null is not a block device"
        ),
        (
            { $0.blockIOWeightDevices = [DeviceWeight(path: "/dev/nope", weight: 10)] },
            "device /dev/nope: No such file or directory"
        ),
    ]

    @Test(arguments: Self.limits.indices)
    func aLimit(_ index: Int) {
        let (change, sentence) = Self.limits[index]
        let error = #expect(throws: BerthError.self) {
            try Self.plan { config in
                var resources = Resources()
                change(&resources)
                config.resources = resources
            }
        }
        #expect(error?.message == sentence && error?.kind == .invalidArgument)
    }

    private static let refusals: [(change: @Sendable (inout ContainerConfig) -> Void, sentence: String)] = [
        ({ $0.user = "4294967296" }, "user 4294967296: uids and gids must be in the range 0-4294967294"),
        ({ $0.user = "1:4294967295" }, "user 1:4294967295: uids and gids must be in the range 0-4294967294"),
        ({ $0.groups = ["4294967295"] }, "group 4294967295: uids and gids must be in the range 0-4294967294"),
        ({ $0.groups = ["a,b"] }, "invalid group: \"a,b\""),
        ({ $0.oomScoreAdjustment = 1001 }, "invalid value 1001, range for oom score adj is [-1000, 1000]"),
        ({ $0.sharedMemory = -1 }, "SHM size can not be less than 0"),
        ({ $0.stopSignal = "FROB" }, "invalid signal: FROB"),
        ({ $0.stopTimeout = -2 }, "invalid stop timeout -2: a number of seconds, or -1 to wait for ever"),
        ({ $0.ulimits = [Ulimit(name: "frob", soft: 1, hard: 1)] }, "invalid ulimit type: frob"),
        (
            { $0.ulimits = [Ulimit(name: "nofile", soft: 2, hard: 1)] },
            "ulimit nofile: soft limit must be less than or equal to hard limit: 2 > 1"
        ),
        (
            { $0.annotations = ["dev.berth.user": "0"] },
            "invalid annotation dev.berth.user: names below dev.berth. are Berth's own"
        ),
        ({ $0.cgroupParent = "/a/../b" }, "invalid cgroup parent '/a/../b': a path without '.' and '..' expected"),
        (
            { $0.devices = [DeviceRequest(source: "/dev/nope", target: "/dev/x")] },
            "error gathering device information while adding custom device \"/dev/nope\": No such file or directory"
        ),
        (
            { $0.devices = [DeviceRequest(source: "/etc/passwd", target: "/dev/x")] },
            "error gathering device information while adding custom device \"/etc/passwd\": not a device node"
        ),
        ({ $0.deviceRules = ["c 1 r"] }, "invalid device cgroup format 'c 1 r'"),
        (
            { $0.sysctls = ["vm.swappiness": "1"] },
            "sysctl 'vm.swappiness' is not allowed: it is not separate for a container"
        ),
        (
            {
                $0.sysctls = ["kernel.sem": "1"]
                $0.namespaces = .with { $0.ipc = "host" }
            }, "sysctl 'kernel.sem' is not allowed: the container shares that namespace with the host"
        ),
        (
            {
                $0.hostname = "x"
                $0.namespaces = .with { $0.uts = "host" }
            }, "conflicting options: hostname and the UTS mode"
        ),
        ({ $0.namespaces = .with { $0.pid = "frob" } }, "invalid PID mode: frob"),
        (
            { $0.network = .with { $0.network = "container:" } },
            "invalid network mode: invalid container format container:<name|id>"
        ),
        (
            {
                $0.hostname = "x"
                $0.network = .with { $0.network = "container:a" }
            }, "conflicting options: hostname and the network mode"
        ),
        (
            { $0.network = .with { ($0.network, $0.publishAll) = ("container:a", true) } },
            "conflicting options: port publishing and the container type network mode"
        ),
        (
            { $0.network = .with { ($0.network, $0.dns) = ("container:a", ["1.1.1.1"]) } },
            "conflicting options: dns and the network mode"
        ),
        ({ $0.security = .with { $0.capAdd = ["frob"] } }, "invalid CapAdd: unknown capability: \"CAP_FROB\""),
        (
            { $0.mounts = [.with(.volume) { ($0.source, $0.subpath) = ("v1", "../x") }] },
            "invalid subpath '../x': a relative path without '..' expected"
        ),
        (
            { $0.mounts = [.with(.tmpfs) { $0.subpath = "x" }] },
            "a subpath is of volumes and images, not of a tmpfs mount"
        ),
    ]

    @Test(arguments: Self.refusals.indices)
    func anOption(_ index: Int) {
        let (change, sentence) = Self.refusals[index]
        let error = #expect(throws: BerthError.self) { try Self.plan(change) }
        #expect(error?.message == sentence && error?.kind == .invalidArgument)
    }

    @Test func borrowedMountsGiveWayToOnesOwn() throws {
        var plan = try Self.plan { $0.mounts = [.with(.volume) { ($0.source, $0.target) = ("own", "/a/") }] }
        plan.borrowed = [
            .with(.volume) { ($0.source, $0.target) = ("theirs", "/a") },
            .with(.volume) { ($0.source, $0.target) = ("more", "/b") },
        ]
        #expect(plan.mountRequests().map(\.source) == ["own", "more"])
    }
}

@Suite struct TableTests {
    @Test func numberSets() throws {
        let all = try #require(NumberSet("0-3,8"))
        for (text, isPart) in [("1,3", true), ("8\n", true), ("3-4", false)] {
            #expect(all.contains(try #require(NumberSet(text))) == isPart, "\(text)")
        }
        for text in ["", "a", "1-", "-1", "3-1", "1,,2", "99999999"] { #expect(NumberSet(text) == nil, "\(text)") }
    }

    @Test func sysctls() {
        #expect(NamespacedSysctl.owner(of: "net.ipv4.ip_forward") == .network)
        #expect(NamespacedSysctl.owner(of: "net/ipv4/conf/eth0.1/forwarding") == .network)
        #expect(NamespacedSysctl.owner(of: "fs.mqueue.msg_max") == .ipc)
        #expect(NamespacedSysctl.owner(of: "kernel.shmmax") == .ipc)
        for name in ["kernel.panic", "vm.swappiness", "net..x", "net/../kernel/panic", "", "kernel.shmmaxx"] {
            #expect(NamespacedSysctl.owner(of: name) == nil, "\(name)")
        }
    }

    @Test func selinuxLabels() {
        #expect(SELinuxLabel([]).description == "system_u:system_r:container_t:s0")
        #expect(SELinuxLabel(["type:svirt_t", "level:s0:c1,c2"]).description == "system_u:system_r:svirt_t:s0:c1,c2")
    }

    @Test func capabilities() throws {
        #expect(try CapabilitySet.resolve(.with { $0.capDrop = ["ALL"] }) == [])
        #expect(
            try CapabilitySet.resolve(
                .with { ($0.capDrop, $0.capAdd) = (["all"], ["net_raw", "CAP_CHOWN"]) }) == [
                    "CAP_CHOWN", "CAP_NET_RAW",
                ]
        )
        #expect(try CapabilitySet.resolve(.with { $0.privileged = true }) == CapabilityNames.available.sorted())
    }
}

extension NamespaceRequest {
    static func with(_ change: (inout Self) -> Void) -> Self { changed(Self(), change) }
}

extension NetworkRequest {
    static func with(_ change: (inout Self) -> Void) -> Self { changed(Self(), change) }
}

extension SecurityOptions {
    static func with(_ change: (inout Self) -> Void) -> Self { changed(Self(), change) }
}

extension MountRequest {
    static func with(_ kind: Kind, _ change: (inout Self) -> Void) -> Self {
        changed(Self(kind: kind, target: "/m"), change)
    }
}

private func changed<T>(_ value: T, _ change: (inout T) -> Void) -> T {
    var value = value
    change(&value)
    return value
}
