import LinuxSystem
import TestSupport
import Testing

/// The daemon's program and its plugins are replaced while containers run and clients call.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct UpgradeTests {
    @Test func theDaemonIsReplacedUnderItsClients() async throws {
        try await TestDaemon.with { daemon in
            let host = daemon.host
            #expect(try daemon.berth("run", "-d", "--name", "kept", "busybox", "sleep", "600").code == 0)
            let plugins = try pids(daemon)
            async let waiting = Task.detached {
                try run([Stage.berth, "run", "--rm", "busybox", "sh", "-c", "sleep 2; exit 7"], environment: [host])
            }.value
            async let failures = Task.detached {
                try (0..<60).filter { _ in try run([Stage.berth, "ps", "-q"], environment: [host]).code != 0 }.count
            }.value
            for _ in 0..<3 {
                let output = try daemon.berth("system", "upgrade")
                #expect(output.code == 0 && output.text.contains("has taken over"), "\(output.text)")
                // Waits in the backlog until the new program listens.
                #expect(try daemon.berth("ps", "--format", "{{.Names}}").text.contains("kept"))
            }
            #expect(try await failures == 0)
            let waited = try await waiting
            #expect(waited.code == 7, "\(waited.text)")
            #expect(try pids(daemon) == plugins, "plugins run on")
            #expect(try daemon.berth("exec", "kept", "echo", "here").text == "here\n")
            #expect(try daemon.berth("rm", "-f", "kept").code == 0)
            #expect(daemon.zombies.isEmpty, "the status of every shim is taken")
        }
    }

    /// The listener of a plugin's filter is handed from program to program: what it tries is still named.
    @Test func aViolationIsNamedAfterAnUpgrade() async throws {
        try await TestDaemon.with { daemon in
            try daemon.stop()
            let folder = "\(daemon.folder)/root/installed-plugins/odd"
            try makeDirectory(folder)
            let manifest = """
                {"name": "odd", "version": "1.0.0", "kinds": ["volume"], "executable": "run", "activation": "eager",
                 "protocol": {"minimum": 1, "maximum": 1}, "failurePolicy": "queue",
                 "privileges": {"capabilities": [], "network": "none", "devices": [], "paths": []}}
                """
            try writeFile("\(folder)/plugin.json", Array(manifest.utf8))
            let program = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/odd-plugin"
            try writeFile("\(folder)/run", try readFile(program), mode: 0o755)
            try daemon.start()
            try until { try daemon.berth("plugin", "inspect", "-f", "{{.state}}", "odd").text == "running\n" }
            let before = try pids(daemon)
            try daemon.succeed(["system", "upgrade"])
            #expect(try pids(daemon) == before, "plugins run on")
            #expect(
                try daemon.berth("plugin", "call", "odd", "volume.create", #"{"volume": "calls-unshare"}"#).code != 0)
            let told = "it tried the system call unshare, which its manifest does not ask for"
            try until { try daemon.berth("plugin", "inspect", "-f", "{{.lastError}}", "odd").text.contains(told) }
            #expect(try pids(daemon).contains { $0.hasPrefix("json-file ") && before.contains($0) })
        }
    }

    private func pids(_ daemon: TestDaemon) throws -> [String] {
        try daemon.berth("plugin", "ls", "--format", "{{.Name}} {{.PID}}").lines.filter { !$0.hasSuffix("-") }
    }

    @Test func whatCannotTakeOverIsRefused() async throws {
        try await TestDaemon.with { daemon in
            for (path, reason) in [
                ("/bin/true", "is not berthd"), ("/nonexistent", "No such file"), ("berthd", "absolute"),
            ] {
                let output = try daemon.berth("system", "upgrade", "--executable", path)
                #expect(output.code == 1)
                #expect(output.text.contains(reason), "\(output.text)")
            }
            #expect(try daemon.berth("ps").code == 0)
        }
    }

    @Test func pluginsAreReplacedUnderRunningContainers() async throws {
        try await TestDaemon.with { daemon in
            let started = try daemon.berth(
                "run", "-d", "--name", "talks", "-v", "data:/data", "busybox", "sh", "-c",
                "i=0; while [ $i -lt 200 ]; do echo line $i; i=$((i+1)); usleep 10000; done")
            try #require(started.code == 0, "\(started.text)")
            for plugin in ["json-file", "overlay", "local", "bridge", "json-file"] {
                let output = try daemon.berth("plugin", "restart", plugin)
                #expect(output.code == 0, "\(output.text)")
            }
            #expect(try daemon.berth("run", "--rm", "-v", "data:/data", "busybox", "echo", "new").text == "new\n")
            #expect(try daemon.berth("wait", "talks").text == "0\n")
            // No line is lost and none comes twice, over two replacements of the log driver.
            let lines = try daemon.berth("logs", "talks").lines
            #expect(lines == (0..<200).map { "line \($0)" })
            #expect(try daemon.berth("rm", "-v", "talks").code == 0)
            #expect(try daemon.berth("volume", "rm", "data").code == 0)
        }
    }
}
