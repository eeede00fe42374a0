import LinuxSystem
import TestSupport
import Testing

/// Processes of containers: signals, waiting, execs, several clients, the init.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ProcessTests {
    @Test func anySignalToSeveral() async throws {
        try await TestDaemon.with { daemon in
            let program = "trap 'echo got' 40; trap 'exit 7' USR2; echo ready; while :; do sleep 0.1; done"
            for name in ["one", "two"] {
                try daemon.succeed(["run", "-d", "--name", name, "busybox", "sh", "-c", program])
                try until { try daemon.berth("logs", name).text.contains("ready") }
            }
            for signal in ["RTMIN+6", "SIGRTMIN+6", "rtmin+6", "40"] {
                try daemon.succeed(["kill", "-s", signal, "one"])
            }
            try until { try daemon.berth("logs", "one").text.contains("got") }
            let wrong = try daemon.berth("kill", "-s", "NOPE", "one")
            #expect(wrong.code == 1 && wrong.text.contains("invalid signal: NOPE"))
            #expect(try daemon.berth("kill", "-s", "65", "one").code == 1)
            let some = try daemon.berth("kill", "-s", "usr2", "one", "nothing", "two")
            #expect(some.code == 1 && some.text.contains("no such container: nothing"))
            #expect(some.lines.filter { ["one", "two"].contains($0) } == ["one", "two"])
            #expect(try daemon.berth("wait", "one", "two").text == "7\n7\n")
            #expect(try daemon.berth("kill", "one").text.contains("is not running"))
        }
    }

    @Test func waiting() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            try daemon.succeed(["create", "--name", "two", "busybox", "sh", "-c", "exit 4"])
            #expect(try daemon.berth("wait", "two").text == "0\n")
            let exit = try daemon.begin(["wait", "--condition", "next-exit", "two"])
            let both = try daemon.begin(["container", "wait", "one", "two"])
            let removal = try daemon.begin(["wait", "--condition", "removed", "one"])
            try daemon.succeed(["start", "two"])
            #expect(try exit.wait().text == "4\n")
            try daemon.succeed(["stop", "-t", "0", "one"])
            #expect(try both.wait().lines.first == "137")
            #expect(removal.text == "")
            try daemon.succeed(["rm", "one"])
            #expect(try removal.wait().text == "137\n")
            #expect(try daemon.berth("wait", "--condition", "never", "two").code == 1)
            #expect(try daemon.berth("wait", "nothing").code == 1)
        }
    }

    @Test func whoIgnoresItsStopSignalIsKilledInTime() async throws {
        try await TestDaemon.with { daemon in
            let program = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
            try daemon.succeed(["run", "-d", "--name", "deaf", "busybox", "sh", "-c", program])
            try until { try daemon.berth("logs", "deaf").text == "ready\n" }
            try daemon.succeed(["stop", "-t", "1", "deaf"])
            #expect(try daemon.berth("inspect", "-f", "{{.State.ExitCode}}", "deaf").text == "137\n")
            #expect(try daemon.actions(of: "deaf").suffix(4) == ["kill", "kill", "die", "stop"])
        }
    }

    @Test func execsAndTheirCodes() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "-e", "A=1", "busybox", "sleep", "1000"])
            try writeFile("\(daemon.folder)/environment", Array("B=file\n# none\n".utf8))
            let shown = try daemon.berth(
                "exec", "-u", "1000:1000", "-w", "/tmp", "-e", "C=flag", "--env-file", "\(daemon.folder)/environment",
                "one", "sh", "-c", "echo $A $B $C $(pwd) $(id -u):$(id -g)")
            #expect(shown.text == "1 file flag /tmp 1000:1000\n")
            // In place of the container's own, not beside it.
            let replaced = try daemon.berth("exec", "-e", "A=2", "one", "sh", "-c", "echo $A; env | grep -c ^A=")
            #expect(replaced.text == "2\n1\n")
            let environment = try daemon.berth("exec", "-e", "A=2", "one", "cat", "/proc/self/environ").text
            #expect(environment.split(separator: "\0").filter { $0.hasPrefix("A=") } == ["A=2"])
            let codes: [([String], CInt)] = [
                (["sh", "-c", "exit 9"], 9), (["no-such-program"], 127), (["/etc/passwd"], 126),
                (["sh", "-c", "kill -9 $$"], 137),
            ]
            for (arguments, code) in codes {
                let output = try daemon.berth(["exec", "one"] + arguments)
                #expect(output.code == code, "\(arguments): \(output.text)")
            }
            #expect(try daemon.berth("exec", "-d", "one", "no-such-program").code == 127)
            #expect(try daemon.berth("exec", "nothing", "true").code == 1)
            let capabilities = ["sh", "-c", "grep CapEff /proc/self/status"]
            let plain = try daemon.berth(["exec", "one"] + capabilities).text
            let privileged = try daemon.berth(["exec", "--privileged", "one"] + capabilities).text
            #expect(plain != privileged && privileged.contains("ff"))
            // One that nobody waits for has an end too.
            try daemon.succeed(["exec", "-d", "one", "sh", "-c", "sleep 0.2; exit 3"])
            #expect(try daemon.berth("inspect", "-f", "{{len .ExecIDs}}", "one").text == "1\n")
            let codesTold = ["events", "--since", "0", "--until", "0s", "--filter", "event=exec_die", "--format"]
            try until { try daemon.berth(codesTold + ["{{.Actor.Attributes.exitCode}}"]).lines.last == "3" }
        }
    }

    /// `-i` gives the input of the client to the program, and its end.
    @Test func whatAProgramReads() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            let script = "printf typed | \(Stage.berth) exec -i one cat; printf lost | \(Stage.berth) exec one cat"
            #expect(try run(["sh", "-c", script], environment: [daemon.host]).text == "typed")
        }
    }

    /// Input from each, output to all, and one that does not read keeps nobody waiting.
    @Test func severalClients() async throws {
        try await TestDaemon.with { daemon in
            let program =
                "while read line; do echo heard $line; [ $line = flood ] && yes 0123456789 | head -n 150000; done"
            try daemon.succeed(["run", "-d", "-i", "--name", "one", "busybox", "sh", "-c", program])
            let silent = try Pipe().shared()
            let stuck = try RunningClient(
                ["attach", "--no-stdin", "one"], environment: [daemon.host], output: silent.write)
            let listener = try daemon.begin(["attach", "--no-stdin", "one"])
            try until { try daemon.actions(of: "one").filter { $0 == "attach" }.count == 2 }
            let writers = try ["first", "second"].map { try daemon.begin(["attach", "one"], input: $0 + "\n") }
            try until { listener.text.contains("heard first") && listener.text.contains("heard second") }
            let flooding = try daemon.begin(["attach", "one"], input: "flood\n")
            let readers = [listener, flooding] + writers
            try until { readers.allSatisfy { $0.text.utf8.count >= 1_650_000 } }
            try daemon.succeed(["kill", "one"])
            for reader in readers {
                let output = try reader.wait()
                #expect(output.code == 137 && output.text.components(of: "0123456789\n") == 150_000)
            }
            try stuck.signal(9)
            _ = try stuck.wait()
        }
    }

    @Test func theInitReapsAndForwards() async throws {
        try await TestDaemon.with { daemon in
            // Orphans that end are the init's, and it takes their status.
            let program =
                "trap 'echo term; exit 6' TERM; for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; echo ready; while :; do sleep 0.1; done"
            try daemon.succeed(["run", "-d", "--init", "--name", "one", "busybox", "sh", "-c", program])
            try until { try daemon.berth("logs", "one").text.contains("ready") }
            let count = ["exec", "one", "sh", "-c", "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l"]
            try until { try daemon.berth(count).text == "0\n" }
            #expect(try daemon.berth("exec", "one", "cat", "/proc/1/comm").text.contains("init"))
            try daemon.succeed(["stop", "-t", "60", "one"])
            #expect(try daemon.berth("inspect", "-f", "{{.State.ExitCode}}", "one").text == "6\n")
            #expect(try daemon.berth("logs", "one").text.hasSuffix("term\n"))
        }
    }

    @Test func processesOfAContainer() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sh", "-c", "sleep 1234 & sleep 1235 & wait"])
            try until { try daemon.berth("top", "one").lines.count == 4 }
            let table = try daemon.berth("top", "one")
            let titles = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
            #expect(table.lines.first?.split(separator: " ").map(String.init) == titles)
            #expect(table.text.contains("sleep 1234") && table.text.contains("sleep 1235"))
            #expect(try daemon.berth("container", "top", "one", "-eo", "pid,args").lines.count == 4)
            #expect(try daemon.berth("top", "one", "aux").text.contains("%CPU"))
            for (arguments, sentence) in [
                (["-eo", "comm"], "PID"), (["--nonsense"], "ps"), (["-eo", "comm=PID,pid"], "not allowed"),
            ] {
                let output = try daemon.berth(["top", "one"] + arguments)
                #expect(output.code == 1 && output.text.contains(sentence), "\(arguments): \(output.text)")
            }
            try daemon.succeed(["stop", "-t", "0", "one"])
            #expect(try daemon.berth("top", "one").text.contains("is not running"))
            #expect(try daemon.actions(of: "one").contains("top"))
        }
    }

    @Test func whatDoesNotRunIsPruned() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            try daemon.succeed(["create", "--name", "kept", "--label", "keep", "busybox", "true"])
            try daemon.succeed(["run", "--name", "big", "busybox", "sh", "-c", "head -c 1000000 /dev/zero > /file"])
            let asked = try run(["sh", "-c", "echo n | \(Stage.berth) container prune"], environment: [daemon.host])
            #expect(asked.code == 0 && asked.text.contains("WARNING! This will remove all stopped containers."))
            #expect(try daemon.berth("container", "prune", "-f", "--filter", "nothing=1").code == 1)
            #expect(try daemon.berth("container", "prune", "-f", "--filter", "until=24h").text.hasSuffix("space: 0B\n"))
            #expect(try daemon.berth("ps", "-aq").lines.count == 3)
            let pruned = try daemon.berth("container", "prune", "-f", "--filter", "label!=keep")
            #expect(pruned.text.hasPrefix("Deleted Containers:\n") && pruned.text.contains("Total reclaimed space: 1"))
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Names}}").text == "kept\none\n")
        }
    }

    /// Its log's driver is replaced, and then the daemon: the reader notices neither.
    @Test func aFollowedLogGoesOn() async throws {
        try await TestDaemon.with { daemon in
            let program = "i=0; while [ $i -lt 400 ]; do echo line $i; i=$((i+1)); usleep 5000; done"
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sh", "-c", program])
            let reader = try daemon.begin(["logs", "-f", "one"])
            try until { reader.text.contains("line 20\n") }
            try daemon.succeed(["plugin", "restart", "json-file"])
            try until { reader.text.contains("line 100\n") }
            try daemon.killPlugin("json-file")
            try until { reader.text.contains("line 200\n") }
            try daemon.kill()
            try daemon.start()
            let expected = (0..<400).map { "line \($0)\n" }.joined()
            #expect(try reader.wait() == Output(text: expected, code: 0))
        }
    }
}

extension String {
    /// How often a text is in this one.
    fileprivate func components(of text: String) -> Int {
        var (count, rest) = (0, utf8[...])
        let wanted = Array(text.utf8)
        while let first = rest.firstIndex(of: wanted[0]) {
            if rest[first...].starts(with: wanted) { count += 1 }
            rest = rest[rest.index(after: first)...]
        }
        return count
    }
}
