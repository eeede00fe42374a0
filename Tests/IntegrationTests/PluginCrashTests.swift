import LinuxSystem
import TestSupport
import Testing

/// `kill -9` of a plugin at any moment: what the client asked for succeeds all the same, and nothing is left.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct PluginCrashTests {
    private static let life = [
        ["run", "-d", "--name", "victim", "-p", "127.0.0.1::80", "-v", "/anonymous", "busybox", "sleep", "1000000"],
        ["stop", "-t", "0", "victim"], ["rm", "-v", "victim"],
    ]

    @Test(arguments: ["overlay", "json-file", "local", "bridge"])
    func diesDuringALife(of plugin: String) async throws {
        // A daemon for each delay: to die over and over again opens the plugin's breaker.
        for delay in [CInt](arrayLiteral: 0, 15, 30, 60) {
            try await TestDaemon.with { daemon in
                // Each plugin runs, so that there is one to kill.
                for command in Self.life { try daemon.succeed(command) }
                for command in Self.life { try succeed(command, killing: plugin, after: delay, daemon) }
                #expect(try daemon.berth("volume", "ls", "-q").text == "")
                #expect(try daemon.cgroups().isEmpty)
                #expect(try daemon.shims().isEmpty)
            }
        }
    }

    /// All of them at once, while a container writes and another is attached.
    @Test func allDieWhileAContainerWrites() async throws {
        try await TestDaemon.with { daemon in
            let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"
            try daemon.succeed(["run", "--rm", "-v", "data:/data", "busybox", "true"])
            let client = try daemon.begin(["run", "--name", "writer", "busybox", "sh", "-c", script])
            while !client.text.contains("line 1000\n"), try !client.ends(within: 1) {}
            for plugin in ["overlay", "json-file", "local", "bridge"] { try daemon.killPlugin(plugin) }
            let expected = (0..<20000).map { "line \($0)\n" }.joined()
            let output = try client.wait()
            #expect(output.code == 0)
            #expect(output.text == expected)
            #expect(try daemon.berth("logs", "writer").text == expected)
            try daemon.succeed(["rm", "writer"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    private func succeed(
        _ command: [String], killing plugin: String, after delay: CInt, _ daemon: TestDaemon
    ) throws {
        let client = try daemon.begin(command)
        _ = try client.ends(within: delay)
        try daemon.killPlugin(plugin)
        let output = try client.wait()
        #expect(output.code == 0, "\(plugin) killed \(delay) ms after \(command[0]): \(output.text)")
    }
}
