import LinuxSystem
import TestSupport
import Testing

/// Probes of a container's health, and what follows from them.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct HealthTests {
    private static func run(_ name: String, _ options: String...) -> [String] {
        ["run", "-d", "--name", name, "--network", "none", "--health-interval", "50ms"] + options
            + ["busybox", "sleep", "1000"]
    }

    private static let status = "{{.State.Health.Status}}"

    @Test func fromStartingToUnhealthyAndBack() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(
                Self.run("web", "--health-cmd", "echo looking; test -e /well || exit 4", "--health-retries", "2"))
            try daemon.awaitEvents(1, "health_status: unhealthy", of: "web")
            #expect(try daemon.berth("ps", "--format", "{{.Status}}").text.hasSuffix(" (unhealthy)\n"))
            let last = "{{(index .State.Health.Log 1).ExitCode}} {{(index .State.Health.Log 1).Output}}"
            #expect(try daemon.inspect("web", last) == "4 looking\n")
            try daemon.succeed(["exec", "web", "touch", "/well"])
            try daemon.awaitEvents(1, "health_status: healthy", of: "web")
            #expect(try daemon.inspect("web", "{{.State.Health.FailingStreak}}") == "0")
            #expect(try daemon.berth("ps", "-q", "--filter", "health=healthy").lines.count == 1)
            #expect(try daemon.berth("ps", "-q", "--filter", "health=unhealthy").lines.isEmpty)
            #expect(try daemon.berth("ps", "--filter", "health=fine").text.contains("invalid filter 'health=fine'"))
            #expect(try daemon.count("health_status", of: "web") == 2)
            #expect(try daemon.count("exec_create", of: "web") == 1, "probes are no events")
            #expect(try daemon.inspect("web", "{{.ExecIDs}}").contains("health") == false)
            let config = try daemon.inspect("web", "{{json .Config.Healthcheck}}")
            #expect(config.contains(#""Interval":50000000"#) && config.contains(#""Retries":2"#), "\(config)")
        }
    }

    /// With all that it has started, and without a trace: the next one begins afresh.
    @Test func aProbeThatHangsIsKilled() async throws {
        try await TestDaemon.with { daemon in
            let command = "echo begun; sleep 2001 & setsid sleep 2002 & sleep 2003"
            try daemon.succeed(
                Self.run("hangs", "--health-cmd", command, "--health-timeout", "1s", "--health-retries", "1"))
            try daemon.awaitEvents(1, "health_status: unhealthy", of: "hangs")
            let first = "{{(index .State.Health.Log 0).ExitCode}} {{(index .State.Health.Log 0).Output}}"
            #expect(try daemon.inspect("hangs", first) == "-1 Health check exceeded timeout (1s): begun\n")
            // Nobody is left who waits for a probe: the shim keeps its limit.
            let cgroup = try daemon.cgroup(of: "hangs")
            try until { try cgroup.processes().count > 1 }
            try daemon.kill()
            try until { try cgroup.processes().count == 1 }
            try daemon.start()
        }
    }

    @Test func outputIsBounded() async throws {
        try await TestDaemon.with { daemon in
            let flood = "yes 0123456789 | head -c 1000000; printf '\\\\377' >&2; exit 1"
            try daemon.succeed(Self.run("loud", "--health-cmd", flood, "--health-retries", "1"))
            try daemon.awaitEvents(1, "health_status: unhealthy", of: "loud")
            let output = try daemon.inspect("loud", "{{(index .State.Health.Log 0).Output}}")
            #expect(output.utf8.count == 4096 + 3 && output.hasSuffix("..."))
        }
    }

    /// A probe that says its number.
    private static let counting = "n=$(cat /n 2>/dev/null); n=$((n + 1)); echo $n | tee /n"
    private static let outputs = "{{range .State.Health.Log}}{{.Output}}{{end}}"

    @Test func theLastFiveResultsAreKept() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.run("counts", "--health-cmd", Self.counting))
            var numbers: [Int] = []
            try until {
                numbers = try daemon.inspect("counts", Self.outputs).split(separator: "\n").compactMap { Int($0) }
                return numbers.last ?? 0 >= 8
            }
            let last = numbers.last ?? 0
            #expect(numbers == Array(last - 4...last))
        }
    }

    /// Another container, with the same interval, is the clock.
    @Test func aPausedContainerIsNotProbed() async throws {
        try await TestDaemon.with { daemon in
            for name in ["paused", "clock"] { try daemon.succeed(Self.run(name, "--health-cmd", Self.counting)) }
            try daemon.await("paused", Self.status, "healthy")
            try daemon.succeed(["pause", "paused"])
            let before = try daemon.inspect("paused", Self.outputs)
            func number(_ name: String) throws -> Int {
                try daemon.inspect(name, Self.outputs).split(separator: "\n").last.flatMap { Int($0) } ?? 0
            }
            let now = try number("clock")
            try until { try number("clock") >= now + 10 }
            #expect(try daemon.inspect("paused", Self.outputs) == before)
            #expect(try daemon.inspect("paused", Self.status) == "healthy")
            try daemon.succeed(["unpause", "paused"])
            let last = before.split(separator: "\n").last.flatMap { Int($0) } ?? 0
            try until { try number("paused") >= last + 3 }
        }
    }

    @Test func theImagesOwnCheck() async throws {
        try await TestDaemon.with { daemon in
            let check = #"{"Test":["CMD-SHELL","test -e /well"],"Interval":50000000,"Timeout":10000000000,"Retries":2}"#
            try daemon.addImage("checked", config: ",\"Healthcheck\":\(check)")
            let image = ["--network", "none", "checked", "sleep", "1000"]
            try daemon.succeed(["run", "-d", "--name", "plain"] + image)
            try daemon.awaitEvents(1, "health_status: unhealthy", of: "plain")
            try daemon.succeed(["exec", "plain", "touch", "/well"])
            try daemon.awaitEvents(1, "health_status: healthy", of: "plain")
            let config = try daemon.inspect("plain", "{{json .Config.Healthcheck}}")
            #expect(config.contains(#""Test":["CMD-SHELL","test -e /well"]"#) && config.contains(#""Retries":2"#))
            // What is said counts; the rest is the image's.
            try daemon.succeed(["run", "-d", "--name", "other", "--health-cmd", "true"] + image)
            try daemon.awaitEvents(1, "health_status: healthy", of: "other")
            let merged = try daemon.inspect("other", "{{json .Config.Healthcheck}}")
            #expect(merged.contains(#""Test":["CMD-SHELL","true"]"#) && merged.contains(#""Interval":50000000"#))
            try daemon.succeed(["run", "-d", "--name", "none", "--no-healthcheck"] + image)
            #expect(try daemon.inspect("none", "{{json .State}}").contains("Health") == false)
            #expect(try daemon.berth("ps", "-q", "--filter", "health=none").lines.count == 1)
        }
    }

    @Test func whatCannotRunIsNotHealthy() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(
                [
                    "run", "-d", "--name", "odd", "--network", "none", "--health-interval", "50ms", "--health-retries",
                    "1",
                ]
                    + ["--health-cmd", "no-such-program", "busybox", "sleep", "1000"])
            try daemon.awaitEvents(1, "health_status: unhealthy", of: "odd")
            #expect(try daemon.inspect("odd", "{{(index .State.Health.Log 0).ExitCode}}") == "127")
            // A container that ends takes its probes along.
            try daemon.succeed(["kill", "odd"])
            #expect(try daemon.berth("wait", "odd").text == "137\n")
            #expect(try daemon.inspect("odd", Self.status) == "unhealthy")
            try daemon.succeed(["run", "-d", "--name", "none", "--no-healthcheck", "busybox", "sleep", "1000"])
            #expect(try daemon.inspect("none", "{{json .State}}").contains("Health") == false)
        }
    }

    @Test func whatIsDoneWithTheUnhealthy() async throws {
        try await TestDaemon.with { daemon in
            let sick = ["--health-cmd", "exit 1", "--health-retries", "1", "--stop-timeout", "0"]
            func start(_ name: String, _ action: String, _ policy: String) throws {
                try daemon.succeed(
                    ["run", "-d", "--name", name, "--network", "none", "--health-interval", "50ms"] + sick
                        + ["--health-on-failure", action, "--restart", policy, "busybox", "sleep", "1000"])
            }
            try start("restarted", "restart", "no")
            try start("killed", "kill", "no")
            try start("killed-again", "kill", "on-failure")
            try start("stopped", "stop", "unless-stopped")
            try daemon.awaitEvents(3, "start", of: "restarted")
            try daemon.awaitEvents(3, "start", of: "killed-again")
            #expect(try daemon.berth("wait", "killed").text == "137\n")
            #expect(try daemon.berth("wait", "stopped").text == "137\n")
            for name in ["killed", "stopped"] {
                #expect(try daemon.inspect(name, "{{.State.Status}} {{.RestartCount}}") == "exited 0", "\(name)")
            }
            try daemon.kill()
            try daemon.start()
            #expect(try daemon.inspect("stopped", "{{.State.Status}}") == "exited")
            try daemon.awaitEvents(try daemon.count("start", of: "restarted") + 1, "start", of: "restarted")
        }
    }

    /// What is known of a container is kept, and probes go on, whoever the daemon is.
    @Test func probesOutliveTheDaemon() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.run("kept", "--health-cmd", "test -e /well", "--health-retries", "1"))
            try daemon.succeed(["exec", "kept", "touch", "/well"])
            try daemon.await("kept", Self.status, "healthy")
            for replace in [
                {
                    try daemon.kill()
                    try daemon.start()
                },
                {
                    try daemon.stop()
                    try daemon.start()
                },
                { _ = try daemon.succeed(["system", "upgrade"]) },
            ] {
                let before = try daemon.count("health_status: unhealthy", of: "kept")
                try replace()
                #expect(try daemon.inspect("kept", Self.status) == "healthy")
                try daemon.succeed(["exec", "kept", "rm", "/well"])
                try daemon.awaitEvents(before + 1, "health_status: unhealthy", of: "kept")
                try daemon.succeed(["exec", "kept", "touch", "/well"])
                try daemon.await("kept", Self.status, "healthy")
            }
        }
    }
}
