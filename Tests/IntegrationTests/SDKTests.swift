import LinuxSystem
import TestSupport
import Testing

/// Drivers that were written with the SDKs, in whole runs of containers.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct SDKTests {
    @Test func containersWithDriversInPythonCAndShell() async throws {
        let plugins = "/tmp/berth-sdk-plugins-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectory(plugins)
        defer { try? removeDirectory(plugins) }
        for example in ["sqlite-log", "quota-volume", "veth-network", "native-snapshotter", "shell-log"] {
            try install(example, plugins)
        }
        try await TestDaemon.with(configuration: "plugin-path = [\"\(plugins)\"]\n") { daemon in
            for driver in ["sqlite-log", "shell-log"] { try logs(driver, daemon) }
            try volumes(daemon)
            try networks(daemon)
        }
        try await TestDaemon.with(
            configuration: "plugin-path = [\"\(plugins)\"]\n[defaults]\nsnapshotter = \"native\"\n"
        ) { daemon in
            try snapshots(daemon)
        }
    }

    private func install(_ example: String, _ plugins: String) throws {
        let tree = parentDirectory(parentDirectory(parentDirectory(#filePath)))
        let folder = "\(plugins)/\(example)"
        try #require(try run(["cp", "-rL", "\(tree)/SDK/examples/\(example)", folder]).code == 0)
        if fileExists("\(folder)/Makefile") {
            let made = try run(["make", "-s", "-C", folder, "CFLAGS=-O1"])
            try #require(made.code == 0, "\(made.text)")
        }
    }

    private func logs(_ driver: String, _ daemon: TestDaemon) throws {
        let started = try daemon.berth(
            "run", "-d", "--name", driver, "--log-driver", driver, "busybox", "sh", "-c",
            "echo first; echo second >&2; read line < /dev/null; echo last")
        try #require(started.code == 0, "\(started.text)")
        #expect(try daemon.berth("wait", driver).text == "0\n")
        #expect(try daemon.berth("logs", driver).lines.sorted() == ["first", "last", "second"])
        #expect(try daemon.berth("logs", "--tail", "1", driver).lines.count == 1)
        #expect(try daemon.berth("rm", driver).code == 0)
    }

    /// Without a size: a block device cannot be mounted by a container that its device rules keep from it.
    private func volumes(_ daemon: TestDaemon) throws {
        let made = try daemon.berth("volume", "create", "-d", "quota-volume", "plain")
        try #require(made.code == 0, "\(made.text)")
        for script in ["echo kept > /data/file", "test $(cat /data/file) = kept"] {
            let output = try daemon.berth("run", "--rm", "-v", "plain:/data", "busybox", "sh", "-c", script)
            #expect(output.code == 0, "\(output.text)")
        }
        #expect(try daemon.berth("volume", "rm", "plain").code == 0)
    }

    private func networks(_ daemon: TestDaemon) throws {
        let made = try daemon.berth("network", "create", "-d", "veth-network", "pairs")
        try #require(made.code == 0, "\(made.text)")
        let shown = try daemon.berth(
            "run", "--rm", "--network", "pairs", "busybox", "ip", "-4", "address", "show", "eth0")
        #expect(shown.text.contains("inet 10.213.0.2/30"), "\(shown.text)")
        let routes = try daemon.berth("run", "--rm", "--network", "pairs", "busybox", "ip", "route")
        #expect(routes.text.contains("default via 10.213.0.1"), "\(routes.text)")
        #expect(try daemon.berth("network", "rm", "pairs").code == 0)
    }

    private func snapshots(_ daemon: TestDaemon) throws {
        let hello = try daemon.berth(
            "run", "--name", "changed", "busybox", "sh", "-c", "echo changed > /file; cat /file")
        #expect(hello.text == "changed\n", "\(hello.text)")
        #expect(try daemon.berth("run", "--rm", "busybox", "ls", "/file").code == 1)
        #expect(try daemon.berth("rm", "changed").code == 0)
    }
}
