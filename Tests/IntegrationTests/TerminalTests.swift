import LinuxSystem
import TestSupport
import Testing

/// Containers and execs on a real terminal: its size, and leaving by the detach keys.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct TerminalTests {
    private static let standardKeys = "\u{10}\u{11}"
    private static let image = ["--network", "none", "busybox"]
    /// Tells the terminal's size at the beginning and after each SIGWINCH.
    private static let sizes = [
        "sh", "-c", "trap 'echo now $(stty size)' WINCH; echo first $(stty size); while :; do usleep 10000; done",
    ]

    @Test func theSizeFollowsTheWindow() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "base"] + Self.image + ["sleep", "1000"])
            for verb in [["run", "-it", "--name", "new"] + Self.image, ["exec", "-it", "base"]] {
                let client = try daemon.open(verb + Self.sizes)
                try client.await("first 31 97\r\n")
                for (rows, columns) in [(40, 120), (10, 20)] {
                    try client.resize(rows: rows, columns: columns)
                    try client.await("now \(rows) \(columns)\r\n")
                }
                try client.type(Self.standardKeys)
                #expect(try client.wait().code == 0, "\(verb)")
            }
            // A client that comes later brings its size along.
            let late = try daemon.open(["attach", "new"], rows: 50, columns: 60)
            try late.await("now 50 60\r\n")
            try late.type(Self.standardKeys)
            #expect(try late.wait().code == 0)
        }
    }

    /// The container goes on, the terminal is as before, the next client finds the same shell.
    @Test func whoDetachesLeavesTheContainerAlone() async throws {
        try await TestDaemon.with { daemon in
            let first = try daemon.open(["run", "-it", "--name", "one"] + Self.image + ["sh"])
            try first.await("# ")
            #expect(try first.isRaw)
            try first.type("kept=$((40 + 2))\r\(Self.standardKeys)")
            try daemon.expectDetached(first)
            try daemon.awaitEvents(1, "detach", of: "one")

            let second = try daemon.open(["attach", "--detach-keys", "ctrl-x,y", "one"])
            try until { try second.isRaw }
            // Half a sequence, and the standard one, are the shell's: ctrl-u empties its line.
            try second.type("\u{18}z\(Self.standardKeys)\u{15}echo kept $kept\r")
            try second.await("kept 42\r\n")
            #expect(try daemon.count("detach", of: "one") == 1)
            try second.type("\u{18}y")
            try daemon.expectDetached(second)
            try daemon.awaitEvents(2, "detach", of: "one")

            #expect(try daemon.inspect("one", "{{.State.Status}}") == "running")
            let third = try daemon.open(["attach", "one"])
            try until { try third.isRaw }
            try third.type("exit 3\r")
            #expect(try third.wait().code == 3)
            #expect(try daemon.berth("wait", "one").text == "3\n")
            let fourth = try daemon.open(["start", "-ai", "--detach-keys", "q", "one"])
            try fourth.await("# ")
            try fourth.type("q")
            try daemon.expectDetached(fourth)
            try daemon.awaitEvents(3, "detach", of: "one")
            #expect(try daemon.inspect("one", "{{.State.Status}}") == "running")
        }
    }

    @Test func anExecThatIsLeftGoesOn() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one"] + Self.image + ["sleep", "1000"])
            for keys in [nil, "ctrl-a,b"] {
                let options = keys.map { ["--detach-keys", $0] } ?? []
                let client = try daemon.open(
                    ["exec", "-it"] + options + ["one", "sh", "-c", "echo here; cat; exit 7"])
                try client.await("here\r\n")
                #expect(try client.isRaw)
                try client.type(keys == nil ? Self.standardKeys : "\u{1}b")
                try daemon.expectDetached(client)
            }
            try daemon.awaitEvents(2, "exec_detach", of: "one")
            #expect(try daemon.count("exec_die", of: "one") == 0)
            #expect(try daemon.count("detach", of: "one") == 0)
            #expect(try daemon.berth("top", "one").lines.filter { $0.hasSuffix(" cat") }.count == 2)
            try daemon.succeed(["exec", "one", "killall", "cat"])
            try daemon.awaitEvents(3, "exec_die", of: "one")
            let codes = try daemon.berth(
                "events", "--since", "1", "--until", "0s", "-f", "event=exec_die", "--format",
                "{{.Actor.Attributes.exitCode}}")
            #expect(codes.lines.sorted() == ["0", "7", "7"])
        }
    }

    /// Nobody takes note of it then, and nobody need wait.
    @Test func detachingWhileTheDaemonIsAway() async throws {
        try await TestDaemon.with { daemon in
            let client = try daemon.open(["run", "-it", "--name", "one"] + Self.image + ["sh"])
            try client.await("# ")
            try daemon.kill()
            try client.type("echo away $((6 * 7))\r")
            try client.await("away 42\r\n")
            try client.type(Self.standardKeys)
            try daemon.expectDetached(client)
            try daemon.start()
            #expect(try daemon.inspect("one", "{{.State.Status}}") == "running")
        }
    }
}

extension TestDaemon {
    /// A command on a terminal of its own.
    fileprivate func open(_ arguments: [String], rows: Int = 31, columns: Int = 97) throws -> TerminalClient {
        try TerminalClient(arguments, environment: [host], rows: rows, columns: columns)
    }

    fileprivate func expectDetached(
        _ client: TerminalClient, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let output = try client.wait()
        #expect(output.code == 0 && output.text.hasSuffix("read escape sequence\r\n"), sourceLocation: location)
        #expect(try !client.isRaw, sourceLocation: location)
    }
}
