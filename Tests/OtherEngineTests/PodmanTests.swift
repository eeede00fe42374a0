import LinuxSystem
import Testing

/// Debian's podman with the runtime of this tree.
@Suite(.enabled(if: CurrentProcess.uid == 0)) struct PodmanTests {
    /// podman in the namespaces of a host of its own.
    private struct Podman {
        let host: EngineHost

        func callAsFunction(_ words: String...) throws -> EngineHost.Output { try run(words) }

        func run(_ words: [String]) throws -> EngineHost.Output { try host.run(["podman"] + options + words) }

        func script(_ words: String...) throws -> EngineHost.Output {
            let command = (["podman"] + options + words).map { "'\($0)'" }.joined(separator: " ")
            return try host.run(["script", "-qec", command, "/dev/null"])
        }

        private var options: [String] {
            [
                "--root", "\(host.folder)/storage", "--runroot", "\(host.folder)/run", "--tmpdir",
                "\(host.folder)/tmp", "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
                "--events-backend", "file", "--runtime", host.runtime,
            ]
        }

        /// Options of each container.
        var container: [String] { ["--cgroup-parent", host.cgroupParent, "--network", "none"] }

        func launch(_ options: [String] = [], _ words: String...) throws -> EngineHost.Output {
            try run(["run"] + container + options + ["bb"] + words)
        }
    }

    private func with(_ body: (Podman) throws -> Void) throws {
        try EngineHost.with { host in
            let podman = Podman(host: host)
            let imported = try podman("import", try host.rootArchive(), "bb")
            try #require(imported.code == 0, "\(imported)")
            try body(podman)
            _ = try podman("rm", "--all", "--force", "--time", "0")
        }
    }

    @Test func runGivesOutputStatusAndLimits() throws {
        try with { podman in
            let hello = try podman.launch(["--rm"], "echo", "hello")
            #expect(hello.code == 0 && hello.text == "hello\n", "\(hello)")
            #expect(try podman.launch(["--rm"], "sh", "-c", "exit 7").code == 7)
            let missing = try podman.launch(["--rm"], "nosuch")
            #expect(missing.code == 127 && missing.text.contains("executable file not found"), "\(missing)")
            #expect(try podman.launch(["--rm"], "/etc").code == 126)
            let files = try LimitFiles.ofThisHost()
            let limited = try podman.launch(
                ["--rm", "--memory", "64m", "--pids-limit", "20", "--cpus", "0.5", "--hostname", "hh"], "sh", "-c",
                "cat \(files.memory) \(files.processes) /proc/sys/kernel/hostname"
            )
            #expect(limited.lines == ["67108864", "20", "hh"], "\(limited)")
            let device = try podman.launch(["--rm", "--device", "/dev/zero:/dev/zz"], "head", "-c", "1", "/dev/zz")
            #expect(device.code == 0, "\(device)")
            let readOnly = try podman.launch(["--rm", "--read-only"], "sh", "-c", "echo >/x")
            #expect(readOnly.text.contains("Read-only file system"), "\(readOnly)")
            #expect(try podman.launch(["--rm", "--privileged"], "id", "-u").text == "0\n")
        }
    }

    @Test func aContainerLives() throws {
        try with { podman in
            try #require(try podman.launch(["--detach", "--name", "one"], "sleep", "1000").code == 0)
            let exec = try podman(
                "exec", "--user", "5:6", "-w", "/tmp", "-e", "A=b", "one", "sh", "-c", "id -u; pwd; echo $A; exit 3")
            #expect(exec.code == 3 && exec.lines == ["5", "/tmp", "b"], "\(exec)")
            #expect(try podman("top", "one", "args").lines.last == "sleep 1000 ")
            let stats = try podman("stats", "--no-stream", "--format", "{{.PIDs}}", "one")
            #expect(stats.text == "1\n", "\(stats)")
            #expect(try podman("pause", "one").code == 0)
            #expect(try podman("exec", "one", "true").code != 0)
            #expect(try podman("unpause", "one").code == 0)
            let updated = try podman("update", "--memory", "100m", "--memory-swap", "200m", "one")
            #expect(updated.code == 0, "\(updated)")
            let limit = try podman("exec", "one", "cat", LimitFiles.ofThisHost().memory)
            #expect(limit.text == "104857600\n")
            #expect(try podman("kill", "--signal", "USR1", "one").code == 0)
            #expect(try podman("stop", "--time", "0", "one").code == 0)
            #expect(try podman("inspect", "--format", "{{.State.ExitCode}}", "one").text == "137\n")
            #expect(try podman("start", "one").code == 0)
            #expect(try podman("rm", "--force", "--time", "0", "one").code == 0)
        }
    }

    @Test func logsAndTerminals() throws {
        try with { podman in
            #expect(try podman.launch(["--name", "two"], "sh", "-c", "echo a; echo b >&2").code == 0)
            #expect(try podman("logs", "two").lines.sorted() == ["a", "b"])
            // Read from its log: podman's own client may leave before it has shown what a short program wrote.
            let terminal = ["--detach", "--tty", "--name", "three"]
            try #require(try podman.launch(terminal, "sh", "-c", "test -t 0 && echo terminal").code == 0)
            #expect(try podman("wait", "three").text == "0\n")
            #expect(try podman("logs", "three").text.contains("terminal"))
            try #require(try podman.launch(["--detach", "--name", "one"], "sleep", "1000").code == 0)
            let exec = try podman.script("exec", "-it", "one", "sh", "-c", "test -t 0 && echo terminal")
            #expect(exec.text.contains("terminal"), "\(exec)")
        }
    }
}
