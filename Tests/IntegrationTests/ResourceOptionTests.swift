import LinuxSystem
import TestSupport
import Testing

/// Limits, read back from inside the container.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ResourceOptionTests {
    private typealias Limit = (options: [String], command: String, expected: String)

    private static let version1: [Limit] = [
        (
            ["-m", "64m", "--memory-reservation", "32m", "--memory-swap", "128m", "--memory-swappiness", "5"],
            "cd memory; cat memory.limit_in_bytes memory.memsw.limit_in_bytes memory.soft_limit_in_bytes memory.swappiness",
            "67108864\n134217728\n33554432\n5\n"
        ),
        (["-m", "64m"], "cat memory/memory.memsw.limit_in_bytes", "134217728\n"),
        (["-m", "64m", "--oom-kill-disable"], "head -1 memory/memory.oom_control", "oom_kill_disable 1\n"),
        (
            ["--cpus", "0.5", "-c", "512"], "cd cpu; cat cpu.shares cpu.cfs_quota_us cpu.cfs_period_us",
            "512\n50000\n100000\n"
        ),
        (
            ["--cpu-quota", "20000", "--cpu-period", "50000"], "cd cpu; cat cpu.cfs_quota_us cpu.cfs_period_us",
            "20000\n50000\n"
        ),
        (["--cpuset-cpus", "0", "--cpuset-mems", "0"], "cd cpuset; cat cpuset.cpus cpuset.mems", "0\n0\n"),
        (["--pids-limit", "17"], "cat pids/pids.max", "17\n"),
    ]

    private static let version2: [Limit] = [
        (
            ["-m", "64m", "--memory-reservation", "32m", "--memory-swap", "96m"],
            "cat memory.max memory.swap.max memory.low", "67108864\n33554432\n33554432\n"
        ),
        (["-m", "64m"], "cat memory.swap.max", "67108864\n"),
        (["--cpus", "0.5", "-c", "512"], "cat cpu.weight cpu.max", "20\n50000 100000\n"),
        (["--cpu-quota", "20000", "--cpu-period", "50000"], "cat cpu.max", "20000 50000\n"),
        (["--cpuset-cpus", "0", "--cpuset-mems", "0"], "cat cpuset.cpus cpuset.mems", "0\n0\n"),
        (["--pids-limit", "17"], "cat pids.max", "17\n"),
    ]

    @Test func limitsOfTheControlGroup() async throws {
        let version = try CgroupLayout.detect().version
        try await TestDaemon.with { daemon in
            for (options, command, expected) in version == .v1 ? Self.version1 : Self.version2 {
                let script = ["busybox", "sh", "-c", "cd /sys/fs/cgroup; \(command)"]
                let output = try daemon.berth(["run", "--rm"] + options + script)
                #expect(output.text == expected, "\(options)")
            }
            if let disk = Self.disk { try Self.throttle(disk, daemon, version) }
        }
    }

    /// Limits that only v1 has are refused, not forgotten.
    @Test(.enabled(if: (try? CgroupLayout.detect().version) == .v2, "cgroup v1 has them; make test-vm refuses them"))
    func limitsThatVersion2HasNot() async throws {
        try await TestDaemon.with { daemon in
            for options in [["-m", "64m", "--oom-kill-disable"], ["-m", "64m", "--memory-swappiness", "5"]] {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "true"])
                #expect(output.code == 125 && output.text.contains("cgroup v2"), "\(options): \(output.text)")
            }
        }
    }

    /// A block device of the host and its numbers.
    private static var disk: (path: String, numbers: String)? {
        guard let devices = try? HostDevice.all(below: "/dev"), let disk = devices.first(where: { $0.kind == .block })
        else { return nil }
        return (disk.path, "\(disk.major):\(disk.minor)")
    }

    private static func throttle(
        _ disk: (path: String, numbers: String), _ daemon: TestDaemon, _ version: CgroupLayout.Version
    ) throws {
        let options = [
            "--device-read-bps", "\(disk.path):1mb", "--device-write-bps", "\(disk.path):2mb",
            "--device-read-iops", "\(disk.path):33", "--device-write-iops", "\(disk.path):44",
        ]
        let files = ["read_bps", "write_bps", "read_iops", "write_iops"].map { "blkio.throttle.\($0)_device" }
        let paths = version == .v1 ? files.map { "blkio/\($0)" } : ["io.max"]
        let script = "cd /sys/fs/cgroup; cat \(paths.joined(separator: " "))"
        let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "sh", "-c", script])
        let expected =
            version == .v1
            ? ["1048576", "2097152", "33", "44"].map { "\(disk.numbers) \($0)\n" }.joined()
            : "\(disk.numbers) rbps=1048576 wbps=2097152 riops=33 wiops=44\n"
        #expect(output.text == expected)
    }

    @Test func limitsOfTheProcess() async throws {
        try await TestDaemon.with { daemon in
            let cases: [([String], String, String)] = [
                (["--ulimit", "nofile=100:200"], "ulimit -Sn; ulimit -Hn", "100\n200\n"),
                (["--ulimit", "core=0"], "ulimit -c", "0\n"),
                (["--shm-size", "1m"], "df -k /dev/shm | awk 'END {print $2}'", "1024\n"),
                ([], "df -k /dev/shm | awk 'END {print $2}'", "65536\n"),
                (["--oom-score-adj", "500"], "cat /proc/self/oom_score_adj", "500\n"),
                (["--group-add", "77", "--group-add", "nogroup", "-u", "5:6"], "id -G", "6 77 65534\n"),
                (["--sysctl", "net.core.somaxconn=77"], "cat /proc/sys/net/core/somaxconn", "77\n"),
                (["--sysctl", "kernel.msgmax=7777"], "cat /proc/sys/kernel/msgmax", "7777\n"),
            ]
            for (options, script, expected) in cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "sh", "-c", script])
                #expect(output.text == expected, "\(options)")
            }
            try daemon.succeed(["run", "-d", "--name", "grouped", "--group-add", "nogroup", "busybox", "sleep", "1000"])
            #expect(try daemon.berth("exec", "grouped", "id", "-G").text == "0 65534\n")
            try daemon.succeed(["rm", "-f", "grouped"])
        }
    }

    @Test func theCgroupsParentIsTheOneAskedFor() async throws {
        try await TestDaemon.with { daemon in
            let parent = "\(daemon.cgroupParent)/own"
            let options = ["--cgroup-parent", parent, "--cgroupns", "host"]
            let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "cat", "/proc/self/cgroup"])
            #expect(output.text.contains(":\(parent)/"))
            for folder in try daemon.cgroupParents() { removeEmptyDirectory("\(folder)/own") }
        }
    }

    @Test func inspectShowsThem() async throws {
        try await TestDaemon.with { daemon in
            let options = [
                "--name", "shown", "-m", "64m", "--cpuset-cpus", "0", "--ulimit", "nofile=5", "--shm-size", "1m",
                "--ipc", "shareable", "--privileged", "--device", "/dev/null:/dev/nothing:r", "--sysctl",
                "net.core.somaxconn=7", "--annotation", "a=b", "--security-opt", "label=type:t",
            ]
            try daemon.succeed(["create"] + options + ["busybox", "true"])
            let format = """
                {{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.CpusetCpus}} {{.ShmSize}} {{.IpcMode}} \
                {{.Privileged}} {{.Runtime}} {{json .Ulimits}} {{json .Devices}} {{json .Sysctls}} \
                {{json .Annotations}} {{json .SecurityOpt}}{{end}}
                """
            let expected = """
                67108864 134217728 0 1048576 shareable true berth [{"Name":"nofile","Hard":5,"Soft":5}] \
                [{"PathOnHost":"/dev/null","PathInContainer":"/dev/nothing","CgroupPermissions":"r"}] \
                {"net.core.somaxconn":"7"} {"a":"b"} ["label=type:t"]

                """
            #expect(try daemon.berth("inspect", "--format", format, "shown").text == expected)
        }
    }
}
