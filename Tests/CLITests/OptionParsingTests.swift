import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization
import Testing

@testable import BerthCLI

@Suite struct LimitSpecTests {
    @Test func ulimits() throws {
        #expect(try UlimitSpec.parse("nofile=100:200") == Ulimit(name: "nofile", soft: 100, hard: 200))
        #expect(try UlimitSpec.parse("core=0") == Ulimit(name: "core", soft: 0, hard: 0))
        #expect(try UlimitSpec.parse("memlock=-1") == Ulimit(name: "memlock", soft: -1, hard: -1))
        #expect(try UlimitSpec.parse("nproc=5:unlimited") == Ulimit(name: "nproc", soft: 5, hard: -1))
    }

    @Test(
        arguments: [(String, String)]([
            ("nofile", "invalid ulimit argument: nofile"), ("frob=1", "invalid ulimit type: frob"),
            ("nofile=x", "invalid ulimit value: \"x\" is not a number of at least -1"),
            ("nofile=-2", "invalid ulimit value: \"-2\" is not a number of at least -1"),
            ("nofile=5:3", "ulimit soft limit must be less than or equal to hard limit: 5 > 3"),
            ("nofile=-1:3", "ulimit soft limit must be less than or equal to hard limit: -1 > 3"),
            (
                "nofile=1:2:3",
                "too many limit value arguments - 1:2:3, can only have up to two, `soft[:hard]`"
            ),
        ]))
    func ulimitErrors(_ text: String, _ message: String) {
        #expect(throws: InvalidInput(message)) { try UlimitSpec.parse(text) }
    }

    @Test func rates() throws {
        #expect(try DeviceRateSpec.parseBytes("/dev/sda:1mb") == DeviceRate(path: "/dev/sda", rate: 1 << 20))
        #expect(try DeviceRateSpec.parseOperations("/dev/sda:55") == DeviceRate(path: "/dev/sda", rate: 55))
        #expect(try DeviceRateSpec.parseWeight("/dev/sda:300") == DeviceWeight(path: "/dev/sda", weight: 300))
    }

    @Test(arguments: ["/dev/sda", "sda:1", ":1", "/dev/sda:x", "/dev/sda:-1", "/dev/sda:9"])
    func rateErrors(_ text: String) {
        #expect(throws: InvalidInput.self) { try DeviceRateSpec.parseWeight(text) }
    }
}

@Suite struct DeviceSpecTests {
    @Test(
        arguments: [(String, DeviceRequest)]([
            ("/dev/a", DeviceRequest(source: "/dev/a", target: "/dev/a")),
            ("/dev/a:/dev/b", DeviceRequest(source: "/dev/a", target: "/dev/b")),
            ("/dev/a:r", DeviceRequest(source: "/dev/a", target: "/dev/a", permissions: "r")),
            ("/dev/a:/dev/b:rm", DeviceRequest(source: "/dev/a", target: "/dev/b", permissions: "rm")),
        ]))
    func forms(_ text: String, _ device: DeviceRequest) throws { #expect(try DeviceSpec.parse(text) == device) }

    @Test(
        arguments: [(String, String)]([
            ("dev", "dev is not an absolute path"), ("/dev/a:q", "bad mode specified: q"),
            ("/dev/a:rr", "bad mode specified: rr"), ("/dev/a:rw:/dev/b", "bad mode specified: rw"),
            ("/dev/a::r", "invalid device specification: /dev/a::r"), ("", "invalid device specification: "),
            ("vendor.com/gpu=all", "CDI devices are not supported: name the device's path"),
        ]))
    func errors(_ text: String, _ message: String) {
        #expect(throws: InvalidInput(message)) { try DeviceSpec.parse(text) }
    }

    @Test(arguments: ["c 42:* rmw", "b *:* r", "a 1:2 m"])
    func rules(_ text: String) throws { #expect(try DeviceRuleSpec.parse(text) == text) }

    @Test(arguments: ["x 1:2 r", "c 1:2", "c 1 r", "c 1:2 rq", "c -1:2 r", "c 01:2 r", "c  1:2 r", "c 1:2 rwmr"])
    func ruleErrors(_ text: String) {
        #expect(throws: InvalidInput("invalid device cgroup format '\(text)'")) { try DeviceRuleSpec.parse(text) }
    }
}

@Suite struct SecuritySpecTests {
    private func parse(_ texts: String...) throws -> SecurityOptions {
        var options = SecurityOptions()
        for text in texts { try SecuritySpec.apply(text, to: &options) }
        return options
    }

    @Test func forms() throws {
        #expect(try parse("no-new-privileges").noNewPrivileges == true)
        #expect(try parse("no-new-privileges:true").noNewPrivileges == true)
        #expect(try parse("no-new-privileges=false").noNewPrivileges == false)
        #expect(try parse("seccomp=unconfined").seccompProfile == "unconfined")
        #expect(try parse("seccomp:unconfined", "seccomp=builtin").seccompProfile == nil)
        #expect(try parse("apparmor=mine").apparmorProfile == "mine")
        #expect(try parse("label=disable").labels == ["disable"])
        #expect(try parse("label=type:svirt_t", "label:level:s0:c1").labels == ["type:svirt_t", "level:s0:c1"])
        #expect(try parse("systempaths=unconfined").unmaskSystemPaths == true)
        #expect(try parse("unmask=ALL").unmaskSystemPaths == true)
        #expect(try parse("mask=/a:/b", "mask=/c").maskedPaths == ["/a", "/b", "/c"])
        #expect(try parse("unmask=/proc/*").unmaskedPaths == ["/proc/*"])
    }

    @Test(arguments: [
        "frob", "no-new-privileges:maybe", "label=frob", "label=user:", "apparmor=", "seccomp=", "mask=a",
        "unmask=/a:b",
        "systempaths=confined",
    ])
    func errors(_ text: String) {
        #expect(throws: InvalidInput.self) { try parse(text) }
    }
}

@Suite struct NamespaceModeTests {
    @Test func modes() {
        #expect(NamespaceMode("") == .private && NamespaceMode("host") == .host)
        #expect(NamespaceMode("container:a:b") == .container("a:b"))
        #expect(NamespaceMode("container:") == nil && NamespaceMode("frob") == nil)
    }

    @Test func whichNamespaceHasWhich() throws {
        var request = NamespaceRequest()
        request.ipc = "shareable"
        #expect(try request.ipcMode() == .shareable)
        (request.pid, request.uts, request.cgroup) = ("shareable", "container:x", "none")
        #expect(throws: NamespaceRequest.InvalidMode(kind: "PID", mode: "shareable")) { try request.pidMode() }
        #expect(throws: NamespaceRequest.InvalidMode(kind: "UTS", mode: "container:x")) { try request.utsMode() }
        #expect(throws: NamespaceRequest.InvalidMode(kind: "CGROUP", mode: "none")) { try request.cgroupMode() }
    }
}

@Suite struct MountOptionTests {
    @Test func everySubOption() throws {
        let bind = try MountSpec.parse("type=bind,src=/a,dst=/b,ro,bind-recursive=writable,consistency=cached")
        #expect(bind.readOnly && bind.writableSubmounts == true)
        #expect(try MountSpec.parse("type=bind,src=/a,dst=/b,bind-recursive=disabled").nonRecursive == true)
        #expect(try MountSpec.parse("type=bind,src=/a,dst=/b,bind-nonrecursive").nonRecursive == true)
        let image = try MountSpec.parse("type=image,source=busybox:1,target=/b,image-subpath=etc")
        #expect(image.kind == .image && image.source == "busybox:1" && image.subpath == "etc")
        let volume = try MountSpec.parse("type=volume,src=v1,dst=/b,volume-subpath=a/b,volume-nocopy=true")
        #expect(volume.subpath == "a/b" && volume.noCopy == true)
    }

    @Test(
        arguments: [(String, String)]([
            (
                "type=bind,src=/a,dst=/b,bind-recursive=frob",
                "invalid value for bind-recursive: frob (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
            ),
            (
                "type=bind,src=/a,dst=/b,bind-recursive=writable",
                "option 'bind-recursive=writable' requires 'readonly' to be specified in conjunction"
            ),
            (
                "type=bind,src=/a,dst=/b,ro,bind-recursive=readonly",
                "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in conjunction"
            ),
            ("type=bind,src=/a,dst=/b,bind-propagation=frob", "invalid value for bind-propagation: frob"),
            ("type=bind,src=/a,dst=/b,consistency=frob", "invalid value for consistency: frob"),
            ("type=image,dst=/b", "source is required for an image mount"),
            ("type=volume,src=v1,dst=/b,image-subpath=x", "cannot mix 'image-*' options with mount type 'volume'"),
            ("type=volume,dst=/b,volume-subpath=x", "must not set volume-subpath when using anonymous volumes"),
        ]))
    func errors(_ text: String, _ message: String) {
        #expect(throws: InvalidInput(message)) { try MountSpec.parse(text) }
    }
}

/// Every flag of limits, security and namespaces reaches the daemon.
@Suite struct CreateOptionTests {
    private static let arguments = [
        "-m64m", "--memory-swap=-1", "--memory-reservation", "32m", "--memory-swappiness", "5", "--oom-kill-disable",
        "--oom-score-adj", "-5", "--shm-size", "1m", "--cpu-quota", "-1", "--cpu-period", "5000", "--cpu-rt-runtime",
        "7", "--cpu-rt-period", "8", "--cpuset-cpus", "0", "--cpuset-mems", "0", "-c", "512", "--blkio-weight", "20",
        "--blkio-weight-device", "/dev/a:30", "--device-read-bps", "/dev/a:1k", "--device-write-bps", "/dev/a:2k",
        "--device-read-iops", "/dev/a:3", "--device-write-iops", "/dev/a:4", "--ulimit", "nofile=5", "--pids-limit",
        "9", "--cgroup-parent", "/x", "--device", "/dev/a", "--device-cgroup-rule", "c 1:* r", "--privileged",
        "--pid", "host", "--ipc", "shareable", "--uts=host", "--cgroupns", "private", "--userns", "host", "--sysctl",
        "net.a=b=c", "--group-add", "5", "--annotation", "k=v", "--volumes-from", "other:ro", "--runtime", "berth",
        "--isolation", "default", "busybox",
    ]

    @Test func theyReachTheDaemon() throws {
        let shared = Shared<ContainerConfig?>(nil)
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { request, _ in
                shared.value.withLock { $0 = request.config }
                return ContainerCreate.Result(id: "0123")
            }
        }
        let run = try CommandRun.run(["create"] + Self.arguments, host: daemon.path)
        try daemon.stop()
        #expect(run.status == 0, "\(run.error)")
        let config = try #require(shared.value.withLock { $0 })
        var resources = Resources()
        resources.memory = 64 << 20
        resources.memorySwap = -1
        resources.memoryReservation = 32 << 20
        resources.memorySwappiness = 5
        resources.oomKillDisable = true
        resources.cpuQuota = -1
        resources.cpuPeriod = 5000
        resources.cpuRealtimeRuntime = 7
        resources.cpuRealtimePeriod = 8
        (resources.cpusetCPUs, resources.cpusetMems, resources.cpuShares, resources.pids) = ("0", "0", 512, 9)
        resources.blockIOWeight = 20
        resources.blockIOWeightDevices = [DeviceWeight(path: "/dev/a", weight: 30)]
        resources.deviceReadRates = [DeviceRate(path: "/dev/a", rate: 1024)]
        resources.deviceWriteRates = [DeviceRate(path: "/dev/a", rate: 2048)]
        resources.deviceReadOperations = [DeviceRate(path: "/dev/a", rate: 3)]
        resources.deviceWriteOperations = [DeviceRate(path: "/dev/a", rate: 4)]
        #expect(config.resources == resources)
        var namespaces = NamespaceRequest()
        (namespaces.pid, namespaces.ipc, namespaces.uts) = ("host", "shareable", "host")
        (namespaces.cgroup, namespaces.user) = ("private", "host")
        #expect(config.namespaces == namespaces)
        #expect(config.security?.privileged == true && config.oomScoreAdjustment == -5)
        #expect(config.sharedMemory == 1 << 20 && config.cgroupParent == "/x" && config.runtime == "berth")
        #expect(config.ulimits == [Ulimit(name: "nofile", soft: 5, hard: 5)])
        #expect(config.devices == [DeviceRequest(source: "/dev/a", target: "/dev/a")])
        #expect(config.deviceRules == ["c 1:* r"] && config.sysctls == ["net.a": "b=c"])
        #expect(config.groups == ["5"] && config.annotations == ["k": "v"] && config.volumesFrom == ["other:ro"])
    }

    private static let refusals: [(arguments: [String], sentence: String)] = [
        (["--gpus", "all"], "could not select device driver \"\" with capabilities: [[gpu]]: use --device"),
        (["--isolation", "hyperv"], "invalid --isolation: \"hyperv\": linux only supports \"default\""),
        (
            ["--link", "a:b"],
            "--link is not supported: connect both containers to a network of their own and use --network-alias"
        ),
        (["--pid", "frob"], "--pid: invalid PID mode: frob"),
        (["--cgroupns", "frob"], "--cgroupns: invalid CGROUP mode: frob"),
    ]

    @Test(arguments: Self.refusals.indices, ["run", "create"])
    func whatCannotBeHad(_ index: Int, _ command: String) throws {
        let (arguments, sentence) = Self.refusals[index]
        let run = try CommandRun.run([command] + arguments + ["busybox"], host: "/nowhere/berth.sock")
        #expect(run.status == 125)
        #expect(run.error == "berth: \(sentence)\nSee 'berth \(command) --help'.\n")
    }

    /// docker's `create` answers what the daemon refuses with 1, its `run` with 125.
    @Test func aRefusalOfTheDaemon() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { _, _ in throw BerthError(.invalidArgument, "not so") }
        }
        let created = try CommandRun.run(["create", "busybox"], host: daemon.path)
        let ran = try CommandRun.run(["run", "busybox"], host: daemon.path)
        try daemon.stop()
        #expect(created.status == 1 && created.error == "Error response from daemon: not so\n")
        #expect(ran.status == 125 && ran.error == "berth: Error response from daemon: not so\n")
    }

    @Test func kernelMemoryIsSaidToHaveNoEffect() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { _, _ in ContainerCreate.Result(id: "0123") }
        }
        let run = try CommandRun.run(["create", "--kernel-memory", "32m", "busybox"], host: daemon.path)
        try daemon.stop()
        #expect(run.status == 0 && run.error.hasPrefix("WARNING: Kernel memory limits are deprecated"))
    }
}
