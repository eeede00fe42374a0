import LinuxSystem
import TestSupport
import Testing

/// What is taken or in use is refused with the reason; two clients at once get one success between them.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ConflictTests {
    @Test func whatIsInUseIsRefused() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["network", "create", "mesh"])
            let running = ["--network", "mesh", "-v", "data:/data", "busybox", "sleep", "1000000"]
            try daemon.succeed(["run", "-d", "--name", "first", "-p", "127.0.0.1::80"] + running)
            let port = try daemon.berth("port", "first", "80/tcp").lines.first ?? ""
            let cases: [([String], CInt, String)] = [
                (["run", "--name", "first", "busybox"], 125, "\"/first\" is already in use by container"),
                (["run", "-d", "--rm", "-p", "\(port):80", "busybox", "true"], 125, "in use by container first"),
                (["volume", "rm", "data"], 1, "volume data is in use by container"),
                (["network", "rm", "mesh"], 1, "network mesh has active endpoints"),
                (["network", "rm", "bridge"], 1, "pre-defined network and cannot be removed"),
                (["network", "create", "mesh"], 1, "network with name mesh already exists"),
                (["rmi", "busybox"], 1, "is using its image"),
                (["rm", "first"], 1, "container is running: stop the container"),
            ]
            for (command, code, sentence) in cases {
                let output = try daemon.berth(command)
                #expect(output.code == code, "\(command): \(output.text)")
                #expect(output.text.contains(sentence), "\(command): \(output.text)")
            }
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Names}}").text == "first\n")
            try daemon.succeed(["rm", "-f", "first"])
            for command in [["volume", "rm", "data"], ["network", "rm", "mesh"]] { try daemon.succeed(command) }
        }
    }

    @Test func aPortOfTheHostsOwnIsRefused() async throws {
        try await TestDaemon.with { daemon in
            let server = try DebianRegistry()
            let port = server.domain.split(separator: ":")[1]
            let output = try daemon.berth("run", "--rm", "-p", "\(port):80", "busybox", "true")
            #expect(output.code == 125)
            #expect(output.text.contains("port \(port)/tcp on 0.0.0.0 is already in use"), "\(output.text)")
            withExtendedLifetime(server) {}
        }
    }

    @Test func twoClientsAtOnce() async throws {
        try await TestDaemon.with { daemon in
            let created = try all(daemon, Array(repeating: ["create", "--name", "same", "busybox"], count: 8))
            #expect(created.count { $0.code == 0 } == 1)
            #expect(created.allSatisfy { $0.code == 0 || $0.text.contains("already in use by container") })
            let started = try all(daemon, Array(repeating: ["start", "same"], count: 4))
            #expect(started.contains { $0.code == 0 })
            let removed = try all(daemon, Array(repeating: ["rm", "-f", "same"], count: 8))
            #expect(removed.contains { $0.text == "same\n" })
            #expect(try daemon.berth("ps", "-aq").text == "")
            try daemon.succeed(["rmi", "busybox"])
            let pulled = try all(daemon, Array(repeating: ["pull", "-q", "busybox"], count: 8))
            #expect(pulled.allSatisfy { $0.code == 0 })
        }
    }

    /// Whichever comes first, nothing hangs and nothing is left.
    @Test func stopKillRestartAndRemoveRace() async throws {
        try await TestDaemon.with { daemon in
            for _ in 0..<6 {
                try daemon.succeed(["run", "-d", "--name", "racer", "-v", "/data", "busybox", "sleep", "1000000"])
                let commands = [
                    ["stop", "-t", "0", "racer"], ["kill", "racer"], ["restart", "-t", "0", "racer"],
                    ["rm", "-f", "-v", "racer"],
                ]
                _ = try all(daemon, commands.shuffled())
                _ = try daemon.berth("rm", "-f", "-v", "racer")
                #expect(try daemon.berth("ps", "-aq").text == "")
                #expect(try daemon.berth("volume", "ls", "-q").text == "")
            }
            #expect(try daemon.shims().isEmpty)
            #expect(try daemon.cgroups().isEmpty)
        }
    }

    private func all(_ daemon: TestDaemon, _ commands: [[String]]) throws -> [Output] {
        try commands.map { try daemon.begin($0) }.map { try $0.wait() }
    }
}
