import JSON
import LinuxSystem
import TestSupport
import Testing

/// What the daemon's absence, a shim's death and a plugin that does not come up do to containers: nothing is lost.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct SurvivalTests {
    private static let image = ["--network", "none", "busybox"]

    /// Code, time and last words are those of the exit, not of when somebody looked.
    @Test func anExitWhileTheDaemonIsAway() async throws {
        try await TestDaemon.with { daemon in
            try makeDirectory("\(daemon.folder)/signs")
            let script = "while [ ! -e /signs/go ]; do usleep 1000; done; echo last words; exit 9"
            let options = ["-d", "-v", "\(daemon.folder)/signs:/signs"]
            try daemon.succeed(["run", "--name", "plain"] + options + Self.image + ["sh", "-c", script])
            try daemon.succeed(
                ["run", "--name", "again", "--restart", "on-failure"] + options + Self.image + ["sh", "-c", script])
            try daemon.succeed(["run", "--name", "gone", "--rm"] + options + Self.image + ["sh", "-c", script])
            let plain = try daemon.inspect("plain", "{{.Id}}")
            try daemon.kill()
            try writeFile("\(daemon.folder)/signs/go", [])
            let bundles = try daemon.shims()
            #expect(bundles.count == 3)
            for (bundle, shim) in bundles {
                let process = try ProcessDescriptor.open(shim)
                while !fileExists("\(bundle)/exit.json") {
                    _ = try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 10)
                }
            }
            let record = try JSON(parsing: try readFile("\(daemon.folder)/run/containers/\(plain)/exit.json"))
            try daemon.start()
            #expect(try daemon.inspect("plain", "{{.State.ExitCode}}") == "9")
            #expect(try daemon.inspect("plain", "{{.State.FinishedAt}}") == record["exitedAt"]?.string)
            #expect(try daemon.berth("wait", "plain").text == "9\n")
            #expect(try daemon.berth("logs", "plain").text == "last words\n")
            #expect(try daemon.count("die", of: "plain") == 1)
            try daemon.awaitEvents(2, "start", of: "again")
            try daemon.awaitEvents(1, "destroy", of: "gone")
        }
    }

    @Test(arguments: [true, false])
    func aShimIsKilled(_ daemonIsThere: Bool) async throws {
        try await TestDaemon.with { daemon in
            let options = ["-d", "-v", "data:/data", "-p", "127.0.0.1::80"]
            try daemon.succeed(["run", "--name", "plain"] + options + ["busybox", "sleep", "1000"])
            try daemon.succeed(
                ["run", "--name", "again", "--restart", "always", "-d"] + Self.image + ["sleep", "1000"])
            let port = try daemon.berth("port", "plain", "80/tcp").text.dropLast()
            if !daemonIsThere { try daemon.kill() }
            for shim in try daemon.shims().values { try ProcessIdentity(pid: shim)?.kill(waiting: 5000) }
            if !daemonIsThere { try daemon.start() }
            #expect(try daemon.berth("wait", "plain").text == "137\n")
            #expect(
                try daemon.inspect("plain", "{{.State.Status}} {{.State.Dead}} {{.State.Error}}")
                    == "dead true the container's shim was lost")
            #expect(try daemon.berth("ps", "-a", "-f", "name=plain", "--format", "{{.Status}}").text == "Dead\n")
            #expect(try daemon.berth("ps", "-aq", "-f", "status=dead").lines.count == 1)
            try daemon.awaitEvents(2, "start", of: "again")
            try daemon.await("again", "{{.State.Status}}", "running")
            // Its resources are another's to have, and it can be started.
            try daemon.succeed(["run", "--rm", "-p", "\(port):80", "-v", "data:/data", "busybox", "true"])
            try daemon.succeed(["start", "plain"])
            #expect(try daemon.inspect("plain", "{{.State.Status}} {{.State.Dead}}") == "running false")
            try daemon.succeed(["rm", "-f", "plain", "again"])
            #expect(try daemon.cgroups().isEmpty)
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// Clients are answered, and containers run, while it is waited for.
    @Test func aPluginThatDoesNotComeUpKeepsNobodyWaiting() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "kept"] + Self.image + ["sleep", "1000"])
            try daemon.stop()
            let package = "\(daemon.folder)/more/silent"
            try makeDirectory(package)
            try writeFile("\(package)/silent", Array("#!/bin/sh\nexec sleep 1000\n".utf8), mode: 0o755)
            let manifest: JSON = [
                "name": "silent", "version": "1.0.0", "executable": "silent", "kinds": ["volume"],
                "protocol": ["minimum": 1, "maximum": 1], "activation": "eager", "failurePolicy": "queue",
                "privileges": ["capabilities": [], "network": "none", "devices": [], "paths": []],
            ]
            try writeFile("\(package)/plugin.json", Array(manifest.description.utf8))
            try daemon.configure("plugin-path = [\"\(daemon.folder)/more\"]\nconfine = false\n")
            try daemon.start()
            let states = try daemon.berth("plugin", "ls", "--format", "{{.Name}} {{.State}}").lines
            #expect(states.contains("silent starting"), "\(states)")
            #expect(try daemon.berth("ps", "--format", "{{.Names}} {{.State}}").text == "kept running\n")
            #expect(try daemon.berth("exec", "kept", "echo", "here").text == "here\n")
            try daemon.succeed(["run", "--rm"] + Self.image + ["true"])
        }
    }
}
