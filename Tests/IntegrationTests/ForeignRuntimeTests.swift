import LinuxSystem
import TestSupport
import Testing

/// Containers of Berth's that Debian's crun and runc hold: the same commands, the same answers.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ForeignRuntimeTests {
    @Test(arguments: ["crun", "runc"]) func theSameCommandsAndAnswers(_ runtime: String) async throws {
        try await TestDaemon.with(configuration: Self.configuration(default: runtime)) { daemon in
            let cases: [([String], [String], code: CInt, String)] = [
                ([], ["echo", "hello"], 0, "hello\n"), ([], ["sh", "-c", "exit 7"], 7, ""),
                (["-u", "nobody"], ["sh", "-c", "id -un; id -g"], 0, "nobody\n65534\n"),
                (["--init"], ["cat", "/proc/1/comm"], 0, "docker-init\n"),
                ([], ["grep", "Seccomp:", "/proc/1/status"], 0, "Seccomp:\t2\n"),
                (
                    ["--security-opt", "seccomp=unconfined"], ["grep", "Seccomp:", "/proc/1/status"], 0, "Seccomp:\t0\n"
                ),
                (["--read-only"], ["touch", "/x"], 1, "touch: /x: Read-only file system\n"),
                (["-v", "data:/etc"], ["grep", "-c", "root:", "/etc/passwd"], 0, "1\n"),
                (["-v", "data:/m"], ["grep", "-c", "root:", "/m/passwd"], 0, "1\n"),
                (
                    ["-e", "A=two words", "-w", "/var/www", "-h", "named"], ["sh", "-c", "echo $A; pwd; hostname"], 0,
                    "two words\n/var/www\nnamed\n"
                ),
            ]
            for (options, command, code, expected) in cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox"] + command)
                #expect(output.code == code, "\(options) \(command)")
                #expect(output.text == expected, "\(options) \(command)")
            }
            for (program, code) in [("nothing", CInt(127)), ("/etc/passwd", 126)] {
                let output = try daemon.berth("run", "--rm", "busybox", program)
                #expect(output.code == code, "\(output.text)")
            }
            #expect(try daemon.berth("ps", "-aq").text == "")
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    @Test(arguments: ["crun", "runc"]) func outlivesTheDaemon(_ runtime: String) async throws {
        try await TestDaemon.with(configuration: Self.configuration(default: runtime)) { daemon in
            let script = "trap 'echo bye; exit 5' TERM; echo ready; while :; do usleep 10000; done"
            try daemon.succeed(["run", "-d", "--name", "con", "-m", "64m", "busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "con"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            try daemon.kill()
            // Which runtime is taken for others says nothing about this one.
            try daemon.configure(Self.configuration(default: "berth"))
            try daemon.start()
            #expect(try daemon.berth("exec", "-e", "B=1", "con", "sh", "-c", "echo $B; exit 3").code == 3)
            #expect(try daemon.berth("exec", "con", "nothing").code == 127)
            try daemon.succeed(["stop", "con"])
            #expect(try daemon.berth("wait", "con").text == "5\n")
            _ = try logs.wait()
            #expect(try daemon.berth("logs", "con").text == "ready\nbye\n")
            try daemon.succeed(["start", "con"])
            try daemon.succeed(["rm", "-f", "con"])
        }
    }

    /// By the runtime's own `update`; what it says no to is told in its words, and not kept.
    @Test(arguments: ["crun", "runc"]) func limitsChangeWhileItRuns(_ runtime: String) async throws {
        try await TestDaemon.with(configuration: Self.configuration(default: runtime)) { daemon in
            try daemon.succeed([
                "run", "-d", "--name", "con", "--network", "none", "-m", "64m", "--pids-limit", "40", "busybox",
                "sleep",
                "1000",
            ])
            let group = try daemon.cgroup(of: "con")
            for size in [256, 32] {
                try daemon.succeed(["update", "-m", "\(size)m", "con"])
                #expect(try group.statistics().memoryLimit == UInt64(size) << 20)
                #expect(try group.statistics().processLimit == 40, "what is not said stays")
            }
            try daemon.succeed([
                "update", "--pids-limit", "50", "--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus", "0", "con",
            ])
            #expect(try group.statistics().processLimit == 50)
            #expect(try group.statistics().memoryLimit == 32 << 20)
            let allowed = try daemon.berth("exec", "con", "grep", "Cpus_allowed_list", "/proc/self/status").text
            #expect(allowed.hasSuffix("\t0\n"), "\(allowed)")
            // While it stands still, and with another daemon.
            try daemon.succeed(["pause", "con"])
            try daemon.succeed(["update", "--pids-limit", "60", "con"])
            try daemon.succeed(["unpause", "con"])
            try daemon.kill()
            try daemon.start()
            try daemon.succeed(["update", "-m", "48m", "con"])
            #expect(try group.statistics().processLimit == 60 && group.statistics().memoryLimit == 48 << 20)
            let format =
                "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpusetCpus}}"
            #expect(try daemon.inspect("con", format) == "50331648 60 500000000 0")
            if try !group.hasWeights {
                let refused = try daemon.berth("update", "--pids-limit", "70", "--blkio-weight", "300", "con")
                #expect(refused.code == 1 && refused.text.contains("\(runtime): "), "\(refused.text)")
                #expect(try daemon.inspect("con", format) == "50331648 60 500000000 0")
            }
            try daemon.succeed(["restart", "-t", "0", "con"])
            #expect(try group.statistics().processLimit == 60 && group.statistics().memoryLimit == 48 << 20)
        }
    }

    @Test func aRuntimeThatIsNotThereIsNamed() async throws {
        let configuration = "default-runtime = \"gone\"\n[runtimes]\ngone = \"/usr/bin/no-such-runtime\"\n"
        try await TestDaemon.with(configuration: configuration) { daemon in
            let info = try daemon.berth("info", "--format", "{{.DefaultRuntime}} {{json .Runtimes}}").text
            #expect(info == "gone [\"berth\",\"gone\"]\n")
            #expect(try daemon.berth("info").text.contains("WARNING: runtime gone: "))
            let output = try daemon.berth("run", "--rm", "busybox", "true")
            #expect(output.code == 125)
            #expect(output.text.contains("/usr/bin/no-such-runtime"))
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }

    /// crun takes no host whose v2 hierarchy has a controller beside v1's; it is made not to see that one.
    static func configuration(default name: String) -> String {
        let script = #"umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$0\" \"$@\""#
        let arguments = #"["--mount", "--propagation", "slave", "/bin/sh", "-c", "\#(script)"]"#
        let entries = ["crun", "runc"].map { name in
            let words = arguments.dropLast() + ", \"\(name)\"]"
            return "\(name) = { path = \"/usr/bin/unshare\", arguments = \(words) }\n"
        }
        return "default-runtime = \"\(name)\"\n[runtimes]\n" + entries.joined()
    }
}
