import LinuxSystem
import TestSupport
import Testing

/// The main job, end to end, against the executables that are installed.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct RunTests {
    @Test func runsAndAnswersWithTheExitCode() async throws {
        try await TestDaemon.with { daemon in
            let hello = try daemon.berth("run", "--rm", "busybox", "echo", "hello")
            #expect(hello.text == "hello\n")
            #expect(hello.code == 0)
            #expect(try daemon.berth("run", "--rm", "--network", "none", "busybox", "sh", "-c", "exit 7").code == 7)
        }
    }

    /// A published port and a volume; `kill -9` of the daemon and of every plugin in between.
    @Test func aWebServerOutlivesItsEngine() async throws {
        try await TestDaemon.with { daemon in
            let started = try daemon.berth(
                "run", "-d", "--name", "web", "-p", "127.0.0.1::80", "-v", "data:/data", "busybox", "httpd", "-f",
                "-h", "/var/www")
            try #require(started.code == 0, "\(started.text)")
            #expect(try fetch(daemon).contains("Hello from a Berth container."))
            #expect(try daemon.berth("exec", "web", "sh", "-c", "echo kept > /data/file").code == 0)
            try daemon.kill()
            try daemon.start()
            #expect(try fetch(daemon).contains("Hello from a Berth container."))
            // Brings every plugin up again, so that there is one of each to kill.
            #expect(try daemon.berth("run", "--rm", "-v", "data:/d", "busybox", "cat", "/d/file").text == "kept\n")
            for plugin in ["overlay", "json-file", "local", "bridge"] {
                let victim = try ProcessDescriptor.open(try daemon.pid(ofPlugin: plugin)).shared()
                try ProcessDescriptor.signal(victim.raw, 9)
            }
            #expect(try fetch(daemon).contains("Hello from a Berth container."))
            #expect(try daemon.berth("run", "--rm", "-v", "data:/d", "busybox", "cat", "/d/file").text == "kept\n")
            #expect(try daemon.berth("stop", "-t", "0", "web").code == 0)
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Status}}").text.hasPrefix("Exited (137)"))
            #expect(try daemon.berth("rm", "web").code == 0)
            #expect(try daemon.berth("volume", "rm", "data").code == 0)
        }
    }

    private func fetch(_ daemon: TestDaemon) throws -> String {
        let port = try daemon.berth("port", "web", "80/tcp").lines.first ?? ""
        return try run(["curl", "-s", "-m", "5", "http://\(port)/"]).text
    }

    @Test func whatIsWrongIsSaidAndLeavesNothing() async throws {
        let cases: [([String], CInt, String)] = [
            (["nosuch:tag"], 125, "nosuch:tag"), (["UPPER"], 125, "invalid reference format"),
            (["busybox", "nosuch-program"], 127, "executable file not found"),
            (["busybox", "/etc/passwd"], 126, "permission denied"),
            (["-u", "nobody-here", "busybox", "true"], 125, "unable to find user"),
            (["-m", "1m", "busybox", "true"], 125, "minimum memory limit"),
            (["--cap-add", "NOPE", "busybox", "true"], 125, "capability"),
            (["--network", "nope", "busybox", "true"], 125, "network nope not found"),
        ]
        try await TestDaemon.with { daemon in
            for (arguments, code, sentence) in cases {
                let output = try run([Stage.berth, "run", "--rm"] + arguments, environment: [daemon.host])
                #expect(output.code == code, "\(arguments): \(output.text)")
                #expect(output.text.contains(sentence), "\(arguments): \(output.text)")
            }
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }

    /// Also the regression test of shims that waited for a log driver that had stored everything and left.
    @Test func twentyAtOnce() async throws {
        try await TestDaemon.with { daemon in
            let host = daemon.host
            let outputs = try await withThrowingTaskGroup(of: Output.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try run([Stage.berth, "run", "--rm", "busybox", "echo", "\(number)"], environment: [host])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outputs.allSatisfy { $0.code == 0 })
            #expect(Set(outputs.map(\.text)) == Set((0..<20).map { "\($0)\n" }))
        }
    }
}
