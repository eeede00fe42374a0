import BerthAPI
import Synchronization
import Testing

@testable import BerthCLI

@Suite struct PolicyTests {
    @Test(arguments: [
        ("no", RestartPolicy(.no)), ("", RestartPolicy(.no)), ("always", RestartPolicy(.always)),
        ("unless-stopped", RestartPolicy(.unlessStopped)), ("on-failure", RestartPolicy(.onFailure)),
        ("on-failure:", RestartPolicy(.onFailure)), ("on-failure:5", RestartPolicy(.onFailure, maximumRetries: 5)),
        ("always:2", RestartPolicy(.always, maximumRetries: 2)),
    ])
    func restartPolicies(_ text: String, _ policy: RestartPolicy) throws {
        #expect(try RestartSpec.parse(text) == policy)
    }

    private static let wrong: [(arguments: [String], sentence: String)] = [
        (["--restart", ":3"], "invalid restart policy format: no policy provided before colon"),
        (
            ["--restart", "on-failure:x"],
            "invalid restart policy format: maximum retry count must be an integer"
        ),
        (
            ["--restart", "sometimes"],
            "invalid restart policy: unknown policy 'sometimes'; "
                + "use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
        ),
        (["--restart=always", "--rm"], "conflicting options: cannot specify both --restart and --rm"),
        (
            ["--health-cmd", "x", "--health-on-failure", "restart", "--rm"],
            "conflicting options: cannot specify both --health-on-failure=restart and --rm"
        ),
        (["--no-healthcheck", "--health-retries", "1"], "--no-healthcheck conflicts with --health-* options"),
        (["--health-interval", "-1s"], "--health-interval cannot be negative"),
        (["--health-retries", "-1"], "--health-retries cannot be negative"),
        (
            ["--health-timeout", "soon"],
            "invalid argument \"soon\" for \"--health-timeout\" flag: time: invalid duration \"soon\""
        ),
        (
            ["--health-on-failure", "panic"],
            "invalid argument \"panic\" for \"--health-on-failure\" flag: use one of none, restart, kill, stop"
        ),
    ]

    @Test(arguments: Self.wrong.indices)
    func whatCannotBeMeant(_ index: Int) throws {
        let (arguments, sentence) = Self.wrong[index]
        let run = try CommandRun.run(["run"] + arguments + ["image"])
        #expect(run.error == "berth: \(sentence)\nSee 'berth run --help'.\n")
        #expect(run.status == 125)
    }

    @Test func whatIsSaidReachesTheDaemon() throws {
        let shared = Shared<ContainerConfig?>(nil)
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { request, _ in
                shared.value.withLock { $0 = request.config }
                return ContainerCreate.Result(id: "0123")
            }
        }
        let arguments = [
            "create", "--restart", "on-failure:3", "--health-cmd", "curl -f localhost", "--health-interval", "1m30s",
            "--health-timeout", "500ms", "--health-retries", "4", "--health-start-period", "1h",
            "--health-start-interval", "2s", "--health-on-failure", "stop", "busybox",
        ]
        #expect(try CommandRun.run(arguments, host: daemon.path).status == 0)
        let config = try #require(shared.value.withLock { $0 })
        #expect(config.restartPolicy == RestartPolicy(.onFailure, maximumRetries: 3))
        var check = HealthCheck(test: ["CMD-SHELL", "curl -f localhost"])
        (check.interval, check.timeout, check.retries) = (90_000_000_000, 500_000_000, 4)
        (check.startPeriod, check.startInterval, check.onFailure) = (3_600_000_000_000, 2_000_000_000, .stop)
        #expect(config.healthCheck == check)
        #expect(try CommandRun.run(["create", "--no-healthcheck", "busybox"], host: daemon.path).status == 0)
        #expect(shared.value.withLock { $0?.healthCheck } == HealthCheck(test: ["NONE"]))
        #expect(try CommandRun.run(["create", "busybox"], host: daemon.path).status == 0)
        #expect(shared.value.withLock { $0?.healthCheck } == nil)
        try daemon.stop()
    }

    @Test(arguments: [
        (HealthStatus.starting, "Up 5 seconds (health: starting)"), (.healthy, "Up 5 seconds (healthy)"),
        (.unhealthy, "Up 5 seconds (unhealthy)"),
    ])
    func statusText(_ status: HealthStatus, _ text: String) {
        var state = ContainerState(status: .running)
        state.startedAt = Timestamp(nanoseconds: 0)
        state.health = HealthState(status: status)
        #expect(state.text(now: Timestamp(nanoseconds: 5_000_000_000)) == text)
        state.status = .restarting
        state.exitCode = 3
        state.finishedAt = state.startedAt
        #expect(state.text(now: Timestamp(nanoseconds: 5_000_000_000)) == "Restarting (3) 5 seconds ago")
    }
}
