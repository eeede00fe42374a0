import LinuxSystem
import TestSupport
import Testing

/// Debian 12 itself, from a registry: pulled, run, served from, many at once; and all of it again after every process
/// of the engine was killed.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct DebianImageTests {
    @Test(.timeLimit(.minutes(5))) func debianRuns() async throws {
        let registry = try DebianRegistry()
        let image = "\(registry.domain)/debian:12"
        try withDebianLayout { layout in
            let target = "docker://\(image)"
            let pushed = try run(["skopeo", "copy", "-q", "--dest-tls-verify=false", "oci:\(layout):12", target])
            #expect(pushed.code == 0, "\(pushed.text)")
        }
        try await TestDaemon.with { daemon in
            try daemon.succeed(["pull", "-q", image])
            try await work(daemon, image)
            try daemon.kill()
            for plugin in ["overlay", "json-file", "local", "bridge", "distribution"] {
                try ProcessIdentity(pid: try daemon.pid(ofPlugin: plugin))?.kill(waiting: 5000)
            }
            try daemon.start()
            try await work(daemon, image)
            try daemon.succeed(["rmi", image])
            try daemon.succeed(["pull", "-q", image])
            try daemon.succeed(["rmi", image])
        }
    }

    @Test func aPrivateRegistryLetsInWhoIsConfigured() async throws {
        let registry = try DebianRegistry(isPrivate: true)
        let image = "\(registry.domain)/team/busybox"
        try await TestDaemon.with { daemon in
            try daemon.succeed(["tag", "busybox", image])
            for command in ["push", "pull"] {
                let refused = try daemon.berth(command, "-q", image)
                #expect(refused.code == 1)
                #expect(refused.text.contains("denies access"), "\(refused.text)")
            }
            try daemon.stop()
            try daemon.configure(registry.settings)
            try daemon.start()
            try daemon.succeed(["push", "-q", image])
            try daemon.succeed(["rmi", image])
            #expect(try daemon.berth("run", "--rm", image, "echo", "in").text.hasSuffix("in\n"))
        }
    }

    private func work(_ daemon: TestDaemon, _ image: String) async throws {
        let release = try daemon.berth("run", "--rm", image, "cat", "/etc/os-release").text
        #expect(release.contains("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\""), "\(release)")
        let serve = "mkdir /www && cat /etc/debian_version > /www/index.html && exec busybox httpd -f -h /www"
        try daemon.succeed(["run", "-d", "--name", "web", "-p", "127.0.0.1::80", image, "sh", "-c", serve])
        let port = try daemon.berth("port", "web", "80/tcp").lines.first ?? ""
        let curl = ["curl", "-s", "-m", "5", "--retry", "20", "--retry-connrefused", "--retry-delay", "1"]
        #expect(try run(curl + ["http://\(port)/"]).text.hasPrefix("12."))
        let host = daemon.host
        let outputs = try await withThrowingTaskGroup(of: Output.self) { group in
            for number in 0..<20 {
                let command = ["run", "--rm", image, "sh", "-c", "echo \(number)"]
                group.addTask { try run([Stage.berth] + command, environment: [host]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(outputs.map(\.text)) == Set((0..<20).map { "\($0)\n" }))
        try daemon.succeed(["rm", "-f", "web"])
    }

    /// Makes the image, for as long as the body needs it. `BERTH_TEST_ROOTFS` names a root file system made before.
    private func withDebianLayout(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/berth-test-debian-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        let tar = "\(folder)/rootfs.tar"
        let make =
            environmentVariable("BERTH_TEST_ROOTFS").map { ["cp", $0, tar] }
            ?? ["mmdebstrap", "--quiet", "--variant=minbase", "--include=busybox", "bookworm", tar]
        let made = try run(make)
        try #require(made.code == 0, "\(made.text)")
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/image-layout"
        let layout = try run([script, tar, "\(folder)/layout", "12"])
        try #require(layout.code == 0, "\(layout.text)")
        try body("\(folder)/layout")
    }
}
