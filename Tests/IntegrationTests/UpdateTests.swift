import LinuxSystem
import TestSupport
import Testing

/// Limits of running containers: `update`, `stats`, and what happens at a limit.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct UpdateTests {
    @Test func limitsChangeWhileItRunsAndStay() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "-m", "64m", "busybox", "sleep", "1000"])
            let group = try daemon.cgroup(of: "one")
            #expect(try group.statistics().memoryLimit == 64 << 20)
            // Up, where the limit of both has to come first, and down, where it has to come last.
            for size in [256, 32] {
                try daemon.succeed(["update", "-m", "\(size)m", "one"])
                #expect(try group.statistics().memoryLimit == UInt64(size) << 20)
            }
            try daemon.succeed([
                "container", "update", "--pids-limit", "50", "--cpus", "0.5", "--cpu-shares", "512", "--cpuset-cpus",
                "0", "--memory-reservation", "16m", "one",
            ])
            #expect(try group.statistics().processLimit == 50)
            #expect(
                try daemon.berth("exec", "one", "grep", "Cpus_allowed_list", "/proc/self/status").text.hasSuffix(
                    "\t0\n"))
            let format =
                "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}}"
                + " {{.HostConfig.CpusetCpus}} {{.HostConfig.MemoryReservation}}"
            let expected = "33554432 50 500000000 512 0 16777216\n"
            #expect(try daemon.berth("inspect", "-f", format, "one").text == expected)
            // They are the next run's too, and the next daemon's.
            try daemon.kill()
            try daemon.start()
            try daemon.succeed(["restart", "-t", "0", "one"])
            #expect(try daemon.berth("inspect", "-f", format, "one").text == expected)
            let next = try group.statistics()
            #expect(next.memoryLimit == 32 << 20 && next.processLimit == 50)
            try daemon.succeed(["update", "--pids-limit", "-1", "--restart", "on-failure:3", "one"])
            let policy = "{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}"
            #expect(try daemon.berth("inspect", "-f", policy, "one").text == "on-failure:3\n")
            #expect(try group.statistics().processLimit == nil)
            #expect(try daemon.actions(of: "one").filter { $0 == "update" }.count == 5)
        }
    }

    @Test func aRefusedLimitChangesNothing() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed([
                "run", "-d", "--name", "one", "-m", "64m", "--pids-limit", "40", "busybox", "sleep", "1000",
            ])
            try daemon.succeed(["create", "--name", "two", "--cpus", "1", "busybox", "true"])
            let refusals: [([String], String)] = [
                (["one"], "You must provide one or more flags"), (["-m", "1m", "one"], "minimum memory limit"),
                (["-m", "x", "one"], "invalid size"), (["--memory-swap", "32m", "one"], "memory-swap"),
                (["--pids-limit", "-5", "one"], "invalid pids limit"), (["--cpus", "1000", "one"], "range of CPUs"),
                (["--cpu-quota", "5000", "two"], "cannot be updated as"),
                (["-m", "64m", "nothing"], "no such container"),
                (["--memory-reservation", "128m", "one"], "memory reservation"),
                (["-m", "128m", "--pids-limit", "60", "--cpuset-cpus", "4000", "one"], "4000"),
                // Known by the host only, after the others were written.
                (["-m", "128m", "--pids-limit", "60", "--blkio-weight", "300", "one"], "weight"),
            ]
            let group = try daemon.cgroup(of: "one")
            let format = "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpusetCpus}}"
            let before = try daemon.berth("inspect", "-f", format, "one").text
            let hasWeights = try group.hasWeights
            for (arguments, sentence) in refusals where !hasWeights || !arguments.contains("--blkio-weight") {
                let output = try daemon.berth(["update"] + arguments)
                #expect(output.code != 0 && output.text.contains(sentence), "\(arguments): \(output.text)")
                let limits = try group.statistics()
                #expect(limits.memoryLimit == 64 << 20 && limits.processLimit == 40, "\(arguments)")
            }
            #expect(try daemon.berth("inspect", "-f", format, "one").text == before)
            #expect(!(try daemon.actions(of: "one").contains("update")))
        }
    }

    /// Each builds on the one before: none is lost.
    @Test func changesAtTheSameTimeAddUp() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            let changes = [["-m", "64m"], ["--pids-limit", "50"], ["--cpus", "0.5"], ["--cpu-shares", "512"]]
            let clients = try changes.map { try daemon.begin(["update"] + $0 + ["one"]) }
            for client in clients { #expect(try client.wait().code == 0) }
            let format =
                "{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}} {{.HostConfig.CpuShares}}"
            #expect(try daemon.berth("inspect", "-f", format, "one").text == "67108864 50 500000000 512\n")
        }
    }

    @Test func whatAContainerUses() async throws {
        try await TestDaemon.with { daemon in
            let busy = "while :; do :; done"
            try daemon.succeed(["run", "-d", "--name", "busy", "-m", "64m", "busybox", "sh", "-c", busy])
            try daemon.succeed(["run", "-d", "--name", "idle", "--network", "none", "busybox", "sleep", "1000"])
            try daemon.succeed(["create", "--name", "off", "busybox", "true"])
            try daemon.succeed(["pause", "idle"])
            let format = "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}"
            let lines = try daemon.berth("stats", "--no-stream", "--format", format, "busy", "idle", "off").lines
            try #require(lines.count == 3, "\(lines)")
            let share = lines[0].split(separator: " ").dropFirst().first.flatMap { Double($0.dropLast()) } ?? 0
            #expect(share > 1, "\(lines)")
            #expect(lines[0].hasSuffix("/ 64MiB 1") && lines[1].hasPrefix("idle 0.00%"), "\(lines)")
            #expect(lines[2] == "off 0.00% 0B / 0B 0")
            let running = try daemon.berth("stats", "--no-stream", "--format", "{{.Name}}").lines
            #expect(running == ["idle", "busy"])
            #expect(try daemon.berth("stats", "-a", "--no-stream", "--format", "{{.Name}}").lines == ["off"] + running)
            let header = "CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT   MEM %     NET I/O   BLOCK I/O   PIDS"
            #expect(
                try daemon.berth("container", "stats", "--no-stream").lines.first?.split(separator: " ")
                    == header.split(separator: " "))
            let missing = try daemon.berth("stats", "--no-stream", "nothing")
            #expect(missing.code == 1 && missing.text.contains("no such container"))
            // It goes on until the last of its containers is gone.
            let stream = try daemon.begin(["stats", "--no-trunc", "--format", "{{.ID}}", "busy"])
            try until { stream.text.split(separator: "\n").count > 1 }
            try daemon.succeed(["rm", "-f", "busy"])
            #expect(try stream.wait().code == 0)
        }
    }

    /// The kernel's own figures of the group, and what a client is shown of them.
    @Test func whatAContainerReadAndWrote() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "-v", "data:/data", "busybox", "sleep", "1000"])
            let group = try daemon.cgroup(of: "one")
            let before = try group.statistics()
            // Past the page cache, which is written back by nobody in particular.
            let script = """
                dd if=/dev/zero of=/data/file bs=64k count=32 oflag=direct 2>/dev/null &&
                dd if=/data/file of=/dev/null bs=64k count=16 iflag=direct 2>/dev/null
                """
            #expect(try daemon.berth("exec", "one", "sh", "-c", script).code == 0)
            let after = try group.statistics()
            #expect(after.ioWritten - before.ioWritten >= 2 << 20, "\(before) \(after)")
            #expect(after.ioRead - before.ioRead >= 1 << 20, "\(before) \(after)")
            #expect(after.cpuTotal > before.cpuTotal)
            #expect(after.memoryUsage > 0 && after.memoryPeak >= before.memoryUsage && after.processes == 1)
            let shown = try daemon.berth("stats", "--no-stream", "--format", "{{.BlockIO}}", "one").text
            #expect(shown.split(separator: " ").count == 3 && !shown.contains("0B"), "\(shown)")
        }
    }

    // MARK: At a limit

    /// Not the first process, whose container goes on: told at once, and once.
    @Test func aProcessWithoutMemoryIsToldOf() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "-m", "32m", "busybox", "sleep", "1000"])
            let events = try daemon.begin(["events", "--filter", "event=oom", "--format", "{{.Action}}"])
            #expect(try daemon.berth("exec", "one", "sh", "-c", Self.glutton).code == 137)
            try until { events.text == "oom\n" }
            try events.signal(15)
            _ = try events.wait()
            let format = "{{.State.Status}} {{.State.OOMKilled}}"
            #expect(try daemon.berth("inspect", "-f", format, "one").text == "running true\n")
            try daemon.succeed(["stop", "-t", "0", "one"])
            #expect(try daemon.actions(of: "one").filter { $0 == "oom" }.count == 1)
        }
    }

    @Test func aContainerWithoutMemoryIsToldOf() async throws {
        try await TestDaemon.with { daemon in
            let ended = try daemon.berth("run", "--name", "one", "-m", "32m", "busybox", "sh", "-c", Self.glutton)
            #expect(ended.code == 137)
            let format = "{{.State.Status}} {{.State.OOMKilled}} {{.State.ExitCode}}"
            #expect(try daemon.berth("inspect", "-f", format, "one").text == "exited true 137\n")
            #expect(try daemon.actions(of: "one") == ["create", "attach", "start", "oom", "die"])
            // The next run is another one.
            try daemon.succeed(["start", "one"])
            #expect(try daemon.berth("wait", "one").text == "137\n")
        }
    }

    /// A shell that keeps ever more.
    private static let glutton = "a=0123456789abcdef; while :; do a=$a$a; done"

    @Test func aForkBombIsContainedAndCanBeKilled() async throws {
        try await TestDaemon.with { daemon in
            let bomb = "bomb() { bomb & bomb & exec sleep 1000; }; bomb & exec sleep 1000"
            try daemon.succeed([
                "run", "-d", "--name", "bomb", "--pids-limit", "60", "--cpus", "0.5", "busybox", "sh", "-c", bomb,
            ])
            let group = try daemon.cgroup(of: "bomb")
            try until { try group.statistics().processes >= 50 }
            #expect(try group.statistics().processes <= 60)
            try daemon.succeed(["run", "--rm", "busybox", "true"])
            try daemon.succeed(["kill", "bomb"])
            #expect(try daemon.berth("wait", "bomb").text == "137\n")
            #expect(try group.processes().isEmpty)
        }
    }
}

extension TestDaemon {
    /// The control group of a container.
    func cgroup(of container: String) throws -> Cgroup {
        let id = try berth("inspect", "-f", "{{.Id}}", container).lines.first ?? container
        return try Cgroup("\(cgroupParent)/\(id)", in: .detect())
    }
}

extension Cgroup {
    /// Whether this host's kernel weighs block I/O.
    var hasWeights: Bool {
        get throws {
            try ["blkio.bfq.weight", "blkio.weight", "io.weight", "io.bfq.weight"].contains {
                try read(.blkio, $0) != nil
            }
        }
    }
}
