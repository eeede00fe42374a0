import LinuxSystem
import TestSupport
import Testing

/// Verbs on containers, with the events that each makes.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct LifecycleTests {
    @Test func aPausedContainerWaits() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            try daemon.succeed(["pause", "one"])
            let state = "{{.State.Status}} {{.State.Paused}} {{.State.Running}}"
            #expect(try daemon.berth("inspect", "-f", state, "one").text == "paused true true\n")
            #expect(try daemon.berth("ps", "--format", "{{.Status}}").text.hasSuffix("(Paused)\n"))
            let refusals: [([String], String)] = [
                (["pause", "one"], "is already paused"),
                (["exec", "one", "true"], "unpause the container before exec"),
                (["rm", "one"], "must be unpaused first"), (["attach", "one"], "unpause it first"),
                (["start", "one"], "is paused"),
            ]
            for (arguments, sentence) in refusals {
                let output = try daemon.berth(arguments)
                #expect(output.code == 1 && output.text.contains(sentence), "\(arguments): \(output.text)")
            }
            // The next daemon finds it paused.
            try daemon.kill()
            try daemon.start()
            #expect(try daemon.berth("inspect", "-f", state, "one").text == "paused true true\n")
            try daemon.succeed(["container", "unpause", "one"])
            #expect(try daemon.berth("unpause", "one").text.contains("is not paused"))
            #expect(try daemon.berth("exec", "one", "sh", "-c", "exit 3").code == 3)
            #expect(try daemon.actions(of: "one").suffix(5).first == "pause")
        }
    }

    /// A stop signal that comes to a paused container lets it go on to its end; another signal waits.
    @Test func signalsOfAPausedContainer() async throws {
        try await TestDaemon.with { daemon in
            let program = "trap 'echo usr1' USR1; trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sh", "-c", program])
            let follower = try daemon.begin(["logs", "-f", "one"])
            try until { follower.text.contains("ready") }
            try daemon.succeed(["pause", "one"])
            try daemon.succeed(["kill", "-s", "USR1", "one"])
            #expect(try daemon.berth("inspect", "-f", "{{.State.Paused}}", "one").text == "true\n")
            try daemon.succeed(["stop", "-t", "60", "one"])
            #expect(
                try daemon.berth("inspect", "-f", "{{.State.ExitCode}} {{.State.Paused}}", "one").text == "5 false\n")
            #expect(try follower.wait().text == "ready\nusr1\nbye\n")
            #expect(
                try daemon.actions(of: "one").suffix(6) == ["pause", "kill", "kill", "unpause", "die", "stop"])
            try daemon.succeed(["start", "one"])
            try daemon.succeed(["pause", "one"])
            try daemon.succeed(["kill", "one"])
            #expect(try daemon.berth("wait", "one").text == "137\n")
            try daemon.succeed(["start", "one"])
            try daemon.succeed(["pause", "one"])
            try daemon.succeed(["rm", "-f", "one"])
        }
    }

    @Test func names() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            try daemon.succeed(["create", "--name", "two", "busybox", "true"])
            try daemon.succeed(["rename", "one", "first"])
            #expect(try daemon.berth("inspect", "-f", "{{.Name}}", "first").text == "/first\n")
            #expect(try daemon.berth("inspect", "one").code == 1)
            let refusals: [([String], String)] = [
                (["first", "two"], "is already in use by container"), (["first", "first"], "the same name"),
                (["first", ""], "cannot be empty"), (["first", "a b"], "invalid container name"),
                (["nothing", "three"], "no such container"),
            ]
            for (names, sentence) in refusals {
                let output = try daemon.berth(["rename"] + names)
                #expect(output.code == 1 && output.text.contains(sentence), "\(names): \(output.text)")
            }
            // A name that is given up is free, and a new one survives the daemon.
            try daemon.succeed(["create", "--name", "one", "busybox", "true"])
            try daemon.kill()
            try daemon.start()
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Names}}").text == "one\ntwo\nfirst\n")
            #expect(try daemon.actions(of: "first") == ["create", "start", "rename"])
        }
    }

    /// Of many who want one name at the same time one gets it.
    @Test func oneNameForMany() async throws {
        try await TestDaemon.with { daemon in
            for number in 0..<8 { try daemon.succeed(["create", "--name", "from\(number)", "busybox", "true"]) }
            let clients = try (0..<8).map { try daemon.begin(["rename", "from\($0)", "wanted"]) }
            let makers = try (0..<4).map { _ in try daemon.begin(["create", "--name", "wanted", "busybox", "true"]) }
            let codes = try (clients + makers).map { try $0.wait().code }
            #expect(codes.filter { $0 == 0 }.count == 1, "\(codes)")
            #expect(
                try daemon.berth("ps", "-a", "--filter", "name=wanted", "--format", "{{.Names}}").lines == ["wanted"])
        }
    }
}
