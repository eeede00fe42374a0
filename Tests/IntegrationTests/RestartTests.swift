import LinuxSystem
import TestSupport
import Testing

/// Restart policies: through exits, stops by hand, deaths of the daemon and of the host.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct RestartTests {
    private static let image = ["--network", "none", "busybox"]

    private static func run(_ name: String, _ policy: String, _ command: String...) -> [String] {
        ["run", "-d", "--name", name, "--restart", policy] + image + command
    }

    @Test func onFailureGivesUp() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.run("fails", "on-failure:2", "sh", "-c", "exit 3"))
            try daemon.succeed(Self.run("succeeds", "on-failure", "true"))
            try daemon.awaitEvents(3, "die", of: "fails")
            #expect(try daemon.berth("wait", "fails").text == "3\n")
            #expect(try daemon.inspect("fails", "{{.State.Status}} {{.RestartCount}}") == "exited 2")
            #expect(try daemon.berth("wait", "succeeds").text == "0\n")
            #expect(try daemon.inspect("succeeds", "{{.State.Status}} {{.RestartCount}}") == "exited 0")
            #expect(
                try daemon.inspect("fails", "{{json .HostConfig.RestartPolicy}}")
                    == #"{"Name":"on-failure","MaximumRetryCount":2}"#)
            // Started by hand, the count begins anew.
            try daemon.succeed(["start", "fails"])
            try daemon.awaitEvents(6, "die", of: "fails")
            #expect(try daemon.berth("wait", "fails").text == "3\n")
            #expect(try daemon.inspect("fails", "{{.State.Status}} {{.RestartCount}}") == "exited 2")
        }
    }

    @Test func whatWaitsToBeStartedAgain() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.run("loop", "always", "false"))
            // The eighth run is 6.4 seconds after the seventh.
            try daemon.awaitEvents(7, "die", of: "loop")
            #expect(try daemon.berth("wait", "loop").text == "1\n")
            #expect(try daemon.inspect("loop", "{{.State.Status}} {{.State.Restarting}}") == "restarting true")
            #expect(try daemon.berth("ps", "--format", "{{.Status}}").text.hasPrefix("Restarting (1) "))
            #expect(try daemon.berth("ps", "-q", "--filter", "status=restarting").lines.count == 1)
            let cases: [([String], String)] = [
                (["exec", "loop", "true"], "is restarting, wait until the container is running"),
                (["rm", "loop"], "container is restarting: stop the container before removing or force remove"),
            ]
            for (command, sentence) in cases {
                let output = try daemon.berth(command)
                #expect(output.code == 1 && output.text.contains(sentence), "\(command): \(output.text)")
            }
            try daemon.succeed(["stop", "loop"])
            #expect(try daemon.inspect("loop", "{{.State.Status}}") == "exited")
            try daemon.succeed(["rm", "loop"])
        }
    }

    @Test func whoStopsByHandMeansIt() async throws {
        try await TestDaemon.with { daemon in
            for policy in ["always", "unless-stopped", "on-failure"] {
                try daemon.succeed(Self.run(policy, policy, "sleep", "1000"))
            }
            for command in [["stop", "-t", "0"], ["kill"]] {
                for policy in ["always", "unless-stopped", "on-failure"] {
                    try daemon.succeed(command + [policy])
                    #expect(try daemon.berth("wait", policy).text == "137\n")
                    #expect(try daemon.inspect(policy, "{{.State.Status}} {{.RestartCount}}") == "exited 0")
                    try daemon.succeed(["start", policy])
                }
            }
        }
    }

    /// Only what is meant to end it counts as a stop.
    @Test func anotherSignalIsNoStop() async throws {
        try await TestDaemon.with { daemon in
            let script = "trap 'exit 5' USR1; echo ready; while :; do usleep 1000; done"
            try daemon.succeed(Self.run("traps", "unless-stopped", "sh", "-c", script))
            while try daemon.berth("logs", "traps").text != "ready\n" {}
            try daemon.succeed(["kill", "-s", "USR1", "traps"])
            try daemon.awaitEvents(2, "start", of: "traps")
        }
    }

    /// It decides at the exit that comes next.
    @Test func aPolicyThatIsChangedWhileItRuns() async throws {
        try await TestDaemon.with { daemon in
            let script = "trap 'exit 5' USR1; echo ready; while :; do usleep 1000; done"
            try daemon.succeed(Self.run("one", "no", "sh", "-c", script))
            for (starts, policy) in [(2, "always"), (3, "on-failure"), (3, "no")] {
                let runs = try daemon.count("start", of: "one")
                try until { try daemon.berth("logs", "one").lines.count == runs }
                try daemon.succeed(["update", "--restart", policy, "one"])
                try daemon.succeed(["kill", "-s", "USR1", "one"])
                try daemon.awaitEvents(runs, "die", of: "one")
                try daemon.awaitEvents(starts, "start", of: "one")
            }
            #expect(try daemon.berth("wait", "one").text == "5\n")
            #expect(try daemon.inspect("one", "{{.State.Status}}") == "exited")
            #expect(try daemon.count("start", of: "one") == 3)
        }
    }

    @Test func theNextDaemonKnowsWhatWasStoppedByHand() async throws {
        try await TestDaemon.with { daemon in
            for (name, policy) in [("always", "always"), ("unless", "unless-stopped"), ("runs", "unless-stopped")] {
                try daemon.succeed(Self.run(name, policy, "sleep", "1000"))
            }
            let pid = try daemon.inspect("runs", "{{.State.Pid}}")
            for (starts, end) in [(2, daemon.stop), (3, daemon.kill)] {
                try daemon.succeed(["stop", "-t", "0", "always", "unless"])
                try end()
                try daemon.start()
                try daemon.awaitEvents(starts, "start", of: "always")
                #expect(try daemon.inspect("unless", "{{.State.Status}}") == "exited")
                #expect(try daemon.count("start", of: "unless") == 1)
                #expect(try daemon.inspect("runs", "{{.State.Status}} {{.State.Pid}}") == "running \(pid)")
            }
            // Started by hand, it is its policy's again.
            try daemon.succeed(["start", "unless"])
            try daemon.loseHost()
            try daemon.start()
            try daemon.awaitEvents(3, "start", of: "unless")
        }
    }

    @Test func theHostGoesDown() async throws {
        try await TestDaemon.with { daemon in
            for (name, policy) in [
                ("plain", "no"), ("failing", "on-failure"), ("always", "always"), ("unless", "unless-stopped"),
                ("stopped-always", "always"), ("stopped-unless", "unless-stopped"),
            ] {
                try daemon.succeed(Self.run(name, policy, "sleep", "1000"))
            }
            try daemon.succeed(
                ["create", "--name", "never-run", "--restart", "always"] + Self.image + ["sleep", "1000"])
            try daemon.succeed(["stop", "-t", "0", "stopped-always", "stopped-unless"])
            try daemon.loseHost()
            try daemon.start()
            for name in ["failing", "always", "unless", "stopped-always"] {
                try daemon.awaitEvents(2, "start", of: name)
                #expect(try daemon.berth("exec", name, "echo", "here").text == "here\n", "\(name)")
            }
            #expect(
                try daemon.inspect("plain", "{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}")
                    == "exited 137 the host was restarted")
            #expect(try daemon.inspect("stopped-unless", "{{.State.Status}}") == "exited")
            #expect(try daemon.inspect("never-run", "{{.State.Status}}") == "created")
        }
    }

    /// Wherever it is cut off, the container goes on as its policy says.
    @Test func theDaemonDiesWhileAContainerIsStartedAgain() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.run("loop", "always", "sh", "-c", "usleep 30000; exit 1"))
            for delay in stride(from: CInt(0), through: 260, by: 20) {
                let starts = try daemon.count("start", of: "loop")
                let other = try daemon.begin(["wait", "nothing"])
                _ = try other.ends(within: delay)
                try daemon.kill()
                _ = try other.wait()
                try daemon.start()
                try daemon.awaitEvents(starts + 1, "start", of: "loop")
            }
            try daemon.succeed(["rm", "-f", "loop"])
            #expect(try daemon.cgroups().isEmpty)
            #expect(try daemon.shims().isEmpty)
        }
    }

    /// From before the request to after the answer: the container runs afterwards.
    @Test func theDaemonDiesDuringARestart() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(
                ["run", "-d", "--name", "victim", "--stop-timeout", "1"] + Self.image + ["sleep", "1000"])
            for delay in stride(from: CInt(0), through: 1300, by: 100) {
                let client = try daemon.begin(["restart", "victim"])
                _ = try client.ends(within: delay)
                try daemon.kill()
                _ = try client.wait()
                try daemon.start()
                try daemon.await("victim", "{{.State.Status}}", "running")
                // Whatever is still to come of the restart comes to its end.
                try daemon.succeed(["restart", "-t", "0", "victim"])
                #expect(try daemon.berth("exec", "victim", "echo", "here").text == "here\n", "after \(delay) ms")
            }
        }
    }
}
