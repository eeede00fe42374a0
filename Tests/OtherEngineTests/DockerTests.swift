import LinuxSystem
import Testing

/// Debian's dockerd and containerd with the runtime of this tree as their default.
@Suite(.enabled(if: CurrentProcess.uid == 0)) struct DockerTests {
    private struct Docker {
        let host: EngineHost

        func callAsFunction(_ words: String...) throws -> EngineHost.Output { try run(words) }

        func run(_ words: [String]) throws -> EngineHost.Output {
            try host.run(["docker"] + words, environment: ["DOCKER_HOST=unix://\(host.folder)/docker.sock"])
        }

        func script(_ command: String) throws -> EngineHost.Output {
            try host.run(
                ["script", "-qec", command, "/dev/null"],
                environment: ["DOCKER_HOST=unix://\(host.folder)/docker.sock"])
        }

        func launch(_ options: [String] = [], _ words: String...) throws -> EngineHost.Output {
            try run(["run"] + options + ["bb"] + words)
        }
    }

    private func with(_ body: (Docker) throws -> Void) throws {
        try EngineHost.with { host in
            try host.startContainerd()
            try host.start(
                [
                    "dockerd", "--containerd", "\(host.folder)/containerd.sock", "--data-root", "\(host.folder)/docker",
                    "--exec-root", "\(host.folder)/exec", "--pidfile", "\(host.folder)/docker.pid", "--host",
                    "unix://\(host.folder)/docker.sock", "--bridge", "none", "--iptables=false", "--ip6tables=false",
                    "--storage-driver", "vfs", "--cgroup-parent", host.cgroupParent, "--add-runtime",
                    "berth=\(host.runtime)", "--default-runtime", "berth",
                ], until: "API listen on")
            let docker = Docker(host: host)
            let imported = try docker("import", try host.rootArchive(), "bb")
            try #require(imported.code == 0, "\(imported)")
            try body(docker)
            for id in try docker("ps", "--all", "--quiet").lines { _ = try docker("rm", "--force", id) }
        }
    }

    @Test func runGivesOutputStatusAndLimits() throws {
        try with { docker in
            #expect(try docker("info", "--format", "{{.DefaultRuntime}}").text == "berth\n")
            let hello = try docker.launch(["--rm"], "echo", "hello")
            #expect(hello.code == 0 && hello.text == "hello\n", "\(hello)")
            #expect(try docker.launch(["--rm"], "sh", "-c", "exit 7").code == 7)
            let missing = try docker.launch(["--rm"], "nosuch")
            #expect(missing.code == 127 && missing.text.contains("executable file not found"), "\(missing)")
            #expect(try docker.launch(["--rm"], "/etc").code == 126)
            let files = try LimitFiles.ofThisHost()
            let limited = try docker.launch(
                ["--rm", "--memory", "64m", "--pids-limit", "20", "--cpus", "0.5", "--cpuset-cpus", "0"], "sh", "-c",
                "cat \(files.memory) \(files.processes) \(files.quota) \(files.processors)")
            let values = limited.lines.map { $0.prefix { $0 != " " } }
            #expect(values == ["67108864", "20", "50000", "0"], "\(limited)")
            let reaped = try docker.launch(["--rm", "--init"], "ps", "-o", "args")
            #expect(reaped.lines.dropFirst().first?.hasPrefix("/sbin/docker-init") == true, "\(reaped)")
            #expect(try docker.launch(["--rm", "--privileged"], "id", "-u").text == "0\n")
        }
    }

    @Test func aContainerLives() throws {
        try with { docker in
            try #require(try docker.launch(["--detach", "--name", "one"], "sleep", "1000").code == 0)
            let exec = try docker(
                "exec", "--user", "5:6", "-w", "/tmp", "-e", "A=b", "one", "sh", "-c", "id -u; pwd; echo $A; exit 3")
            #expect(exec.code == 3 && exec.lines == ["5", "/tmp", "b"], "\(exec)")
            #expect(try docker("exec", "one", "nosuch").code == 126, "as docker does with runc")
            #expect(try docker("top", "one", "-o", "pid,args").lines.last?.hasSuffix("sleep 1000") == true)
            let stats = try docker("stats", "--no-stream", "--format", "{{.PIDs}}", "one")
            #expect(stats.text == "1\n", "\(stats)")
            #expect(try docker("pause", "one").code == 0)
            #expect(try docker("inspect", "--format", "{{.State.Status}}", "one").text == "paused\n")
            #expect(try docker("unpause", "one").code == 0)
            let updated = try docker(
                "update", "--memory", "100m", "--memory-swap", "200m", "--pids-limit", "30", "--cpus", "1", "one")
            #expect(updated.code == 0, "\(updated)")
            let limit = try docker("exec", "one", "cat", LimitFiles.ofThisHost().memory)
            #expect(limit.text == "104857600\n")
            #expect(try docker("restart", "--time", "0", "one").code == 0)
            #expect(try docker("kill", "one").code == 0)
            #expect(try docker("wait", "one").text == "137\n")
            #expect(try docker("rm", "one").code == 0)
        }
    }

    @Test func logsTerminalsAndTheEndForWantOfMemory() throws {
        try with { docker in
            #expect(try docker.launch(["--name", "two"], "sh", "-c", "echo a; echo b >&2").code == 0)
            #expect(try docker("logs", "two").lines.sorted() == ["a", "b"])
            let run = try docker.script("docker run --rm -it bb sh -c 'test -t 0 && echo terminal'")
            #expect(run.text.contains("terminal"), "\(run)")
            try #require(try docker.launch(["--detach", "--name", "one"], "sleep", "1000").code == 0)
            let exec = try docker.script("docker exec -it one sh -c 'test -t 0 && echo terminal'")
            #expect(exec.text.contains("terminal"), "\(exec)")
            let grown = try docker.launch(
                ["--name", "big", "--memory", "8m"], "sh", "-c", "a=$(yes | head -c 30000000); echo survived")
            #expect(grown.code == 137 && !grown.text.contains("survived"), "\(grown)")
            #expect(try docker("inspect", "--format", "{{.State.OOMKilled}}", "big").text == "true\n")
        }
    }

    @Test func namespacesAreShared() throws {
        try with { docker in
            try #require(try docker.launch(["--detach", "--name", "one"], "sleep", "1000").code == 0)
            let shared = try docker.launch(
                ["--rm", "--network", "container:one", "--pid", "container:one", "--ipc", "container:one"], "ps", "-o",
                "args")
            // Docker makes IPC shareable only when asked to.
            #expect(shared.text.contains("non-shareable IPC"), "\(shared)")
            let processes = try docker.launch(
                ["--rm", "--network", "container:one", "--pid", "container:one"], "ps", "-o", "args")
            #expect(processes.lines.contains("sleep 1000"), "\(processes)")
        }
    }
}
