import LinuxSystem
import TestSupport
import Testing

/// `kill -9` of the daemon and of the shim at any moment: every object is usable or gone afterwards, nothing is left.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct CrashTests {
    private static let container = [
        "run", "-d", "--name", "victim", "-p", "127.0.0.1::80", "-v", "/anonymous", "-v", "data:/data", "busybox",
        "sleep", "1000000",
    ]

    /// From before the first message to after the last answer; regression test of shims that a start which was taken
    /// back had left, and of volumes that stayed in use by containers that were gone.
    @Test func theDaemonDiesWhileAContainerIsMade() async throws {
        try await TestDaemon.with { daemon in
            try atEveryMoment(step: 9) { delay in
                let wasFinished = try killingTheDaemon(daemon, after: delay, of: Self.container)
                try expectUsableOrGone(daemon, "killed after \(delay) ms")
                return wasFinished
            }
            try expectNothingLeft(daemon)
        }
    }

    @Test(arguments: [["stop", "-t", "0", "victim"], ["rm", "-f", "-v", "victim"], ["start", "victim"]])
    func theDaemonDiesDuring(_ command: [String]) async throws {
        try await TestDaemon.with { daemon in
            try atEveryMoment(step: 21) { delay in
                try daemon.succeed(Self.container)
                if command[0] == "start" { try daemon.succeed(["stop", "-t", "0", "victim"]) }
                let wasFinished = try killingTheDaemon(daemon, after: delay, of: command)
                try expectUsableOrGone(daemon, "\(command) killed after \(delay) ms")
                return wasFinished
            }
            try expectNothingLeft(daemon)
        }
    }

    @Test func theShimDiesWhileItsContainerRuns() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(Self.container)
            let port = try daemon.berth("port", "victim", "80/tcp").text
            for shim in try daemon.shims().values { try ProcessIdentity(pid: shim)?.kill(waiting: 5000) }
            #expect(try daemon.berth("wait", "victim").text == "137\n")
            let state = try daemon.berth("inspect", "-f", "{{.State.Status}} {{.State.Error}}", "victim").text
            #expect(state == "dead the container's shim was lost\n")
            #expect(try daemon.cgroups().isEmpty)
            // The same port is free again, the volume not in use.
            let second = ["run", "-d", "--name", "second", "-p", "\(port.dropLast()):80", "-v", "data:/data"]
            try daemon.succeed(second + ["busybox", "sleep", "1000"])
            try expectUsableOrGone(daemon, "the shim was killed")
            try daemon.succeed(["rm", "-f", "-v", "second"])
            try expectNothingLeft(daemon)
        }
    }

    /// From its first instruction to the running program.
    @Test func theShimDiesDuringAStart() async throws {
        try await TestDaemon.with { daemon in
            try atEveryMoment(step: 4) { delay in
                let client = try daemon.begin(Self.container)
                let shim = try daemon.awaitShim(orEndOf: client)
                let wasFinished = try client.ends(within: delay)
                if let shim { try ProcessIdentity(pid: shim)?.kill(waiting: 5000) }
                let ended = try client.wait()
                #expect(ended.code == 0 || ended.text.contains("the container's"), "\(ended.text)")
                if !(try daemon.berth("ps", "-aq").lines.isEmpty) { _ = try daemon.berth("wait", "victim") }
                try expectUsableOrGone(daemon, "the shim was killed after \(delay) ms")
                return wasFinished
            }
            try expectNothingLeft(daemon)
        }
    }

    /// Repeats with a longer delay each time, in milliseconds, until the body says that it came too late.
    private func atEveryMoment(step: CInt, _ body: (CInt) throws -> Bool) throws {
        for delay in stride(from: CInt(0), through: 1000, by: Int(step)) {
            if try body(delay) { return }
        }
        Issue.record("the command never ended")
    }

    /// - Returns: Whether the command had ended before.
    private func killingTheDaemon(_ daemon: TestDaemon, after delay: CInt, of command: [String]) throws -> Bool {
        let client = try daemon.begin(command)
        let wasFinished = try client.ends(within: delay)
        try daemon.kill()
        _ = try client.wait()
        try daemon.start()
        return wasFinished
    }

    /// A container that is there can be started, entered and removed.
    private func expectUsableOrGone(_ daemon: TestDaemon, _ when: Comment) throws {
        let list = ["ps", "-a", "--format", "{{.State}}", "--filter", "name=victim"]
        guard let state = try daemon.berth(list).lines.first else { return }
        var commands = [["exec", "victim", "true"], ["rm", "-f", "-v", "victim"]]
        if state != "running" { commands.insert(["start", "victim"], at: 0) }
        for command in commands {
            let output = try daemon.berth(command)
            #expect(output.code == 0, "\(when), was \(state), \(command[0]): \(output.text)")
        }
    }

    private func expectNothingLeft(_ daemon: TestDaemon) throws {
        #expect(try daemon.berth("ps", "-aq").text == "")
        if try daemon.berth("volume", "ls", "-q").lines.contains("data") {
            let removed = try daemon.berth("volume", "rm", "data")
            #expect(removed.code == 0, "\(removed.text)")
        }
        #expect(try daemon.berth("volume", "ls", "-q").text == "")
        #expect(try daemon.cgroups().isEmpty)
        #expect(try daemon.shims().isEmpty)
        #expect(try listDirectory("\(daemon.folder)/run/containers").isEmpty)
        #expect(try listDirectory("\(daemon.folder)/root/containers").isEmpty)
    }
}
