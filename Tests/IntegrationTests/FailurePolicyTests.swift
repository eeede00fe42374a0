import LinuxSystem
import TestSupport
import Testing

/// What becomes of containers while their log driver crashes in a loop, by the driver's failure policy. Which calls wait
/// is SupervisorTests' business.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct FailurePolicyTests {
    @Test func skipRunsWithoutALog() async throws {
        try await TestDaemon.withFlakyLog("skip") { daemon in
            #expect(try daemon.berth("plugin", "ls", "--format", "{{.Name}} {{.Policy}}").lines.contains("flaky skip"))
            let hello = try daemon.berth("run", "--rm", "--log-driver", "flaky", "busybox", "echo", "hello")
            #expect(hello.text == "hello\n")
            #expect(hello.code == 0)
            // More than the ring holds: with nobody to store it, the container must not wait.
            let loud = ["sh", "-c", "head -c 3000000 /dev/zero | tr '\\000' x"]
            let attached = try run(
                [Stage.berth, "run", "--rm", "--log-driver", "flaky", "busybox"] + loud, environment: [daemon.host])
            #expect(attached.text.utf8.count == 3_000_000)
            let detached = try run(
                [Stage.berth, "run", "-d", "--name", "loud", "--log-driver", "flaky", "busybox"] + loud,
                environment: [daemon.host])
            #expect(detached.code == 0, "\(detached.text)")
            #expect(try daemon.berth("wait", "loud").text == "0\n")
        }
    }

    @Test func failRefuses() async throws {
        try await TestDaemon.withFlakyLog("fail") { daemon in
            let refused = try daemon.berth("run", "--rm", "--log-driver", "flaky", "busybox", "echo", "hello")
            #expect(refused.code == 125)
            #expect(refused.text.contains("plugin flaky is degraded: it exited with status 3"), "\(refused.text)")
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }

    @Test func queueWaitsForTheDriver() async throws {
        try await TestDaemon.withFlakyLog("queue") { daemon in
            let (host, folder) = (daemon.host, daemon.flakyFolder)
            async let output = Task.detached {
                try run(
                    [Stage.berth, "run", "--name", "patient", "--log-driver", "flaky", "busybox", "echo", "hello"],
                    environment: [host])
            }.value
            // The shim is there before the driver: the start waits.
            while try daemon.berth("ps", "-aq").text.isEmpty {}
            try writeFile("\(folder)/healthy", [])
            let hello = try await output
            #expect(hello.text == "hello\n")
            #expect(hello.code == 0)
            #expect(try daemon.berth("logs", "patient").text == "hello\n")
        }
    }

    @Test func queueGivesUpAtItsDeadline() async throws {
        try await TestDaemon.withFlakyLog("queue") { daemon in
            let refused = try daemon.berth("run", "--rm", "--log-driver", "flaky", "busybox", "echo", "hello")
            #expect(refused.code == 125)
            #expect(refused.text.contains("plugin flaky is being restarted: it exited with status 3"))
        }
    }
}

extension TestDaemon {
    var flakyFolder: String { "\(folder)/root/installed-plugins/flaky" }

    /// A daemon with a log driver that exits until there is a file `healthy` beside it, with its breaker open.
    static func withFlakyLog(
        _ policy: String, _ body: (TestDaemon) async throws -> Void
    ) async throws {
        try await with { daemon in
            try daemon.stop()
            try makeDirectory(daemon.flakyFolder)
            let manifest = """
                {"name": "flaky", "version": "1.0.0", "kinds": ["log"], "executable": "flaky", "activation": "eager",
                 "protocol": {"minimum": 1, "maximum": 1}, "failurePolicy": "\(policy)",
                 "privileges": {"capabilities": [], "network": "none", "devices": [], "paths": []}}
                """
            try writeFile("\(daemon.flakyFolder)/plugin.json", Array(manifest.utf8))
            let driver = "\(Stage.path)/libexec/berth/plugins/json-file/berth-json-file"
            // In the package, since a confined plugin sees nothing else of the host.
            #expect(try run(["cp", driver, "\(daemon.flakyFolder)/driver"]).code == 0)
            let program = "#!/bin/sh\n[ -e \"${0%/*}/healthy\" ] || exit 3\nexec \"${0%/*}/driver\"\n"
            try writeFile("\(daemon.flakyFolder)/flaky", Array(program.utf8), mode: 0o755)
            try daemon.start()
            while try daemon.berth("plugin", "inspect", "-f", "{{.state}}", "flaky").text != "degraded\n" {}
            try await body(daemon)
        }
    }
}
