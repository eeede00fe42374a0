import LinuxSystem
import TestSupport
import Testing

/// A data root without room: a clear error for what needs some, everything else goes on, and what makes room works.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct FullDiskTests {
    private static let disk = 14 << 20

    @Test func aPullThatDoesNotFitLeavesNothing() async throws {
        try await TestDaemon.with(disk: Self.disk) { daemon in
            try daemon.succeed(["rmi", "busybox"])
            let blobs = "\(daemon.folder)/root/content/blobs/sha256"
            #expect(try listDirectory(blobs).isEmpty)
            try fill("\(daemon.folder)/root/ballast", leaving: 2 << 20, of: daemon)
            let pulled = try daemon.berth("pull", "-q", "busybox")
            #expect(pulled.code == 1)
            #expect(pulled.text.contains("No space left on device"), "\(pulled.text)")
            #expect(try listDirectory(blobs).isEmpty)
            #expect(try listDirectory("\(daemon.folder)/root/content/ingest").isEmpty)
            #expect(try listDirectory("\(daemon.folder)/root/plugins/overlay/snapshots").isEmpty)
            try removeFile("\(daemon.folder)/root/ballast")
            #expect(try daemon.berth("run", "--rm", "busybox", "echo", "room").text.hasSuffix("room\n"))
        }
    }

    /// From its writable layer, and from a volume.
    @Test(arguments: [["busybox", "dd", "of=/big"], ["-v", "data:/data", "busybox", "dd", "of=/data/big"]])
    func aContainerFillsTheDisk(_ command: [String]) async throws {
        try await TestDaemon.with(disk: Self.disk) { daemon in
            let talk = "i=0; while [ $i -lt 300 ]; do echo $i; i=$((i+1)); usleep 10000; done; sleep 1000000"
            try daemon.succeed(["run", "-d", "--name", "talk", "busybox", "sh", "-c", talk])
            let filled = try daemon.berth(["run", "--name", "filler"] + command + ["if=/dev/zero", "bs=64k"])
            #expect(filled.code == 1)
            #expect(filled.text.contains("No space left on device"))
            // Others live, and can be worked with; also by a daemon that comes when nothing can be written.
            #expect(try daemon.berth("exec", "talk", "echo", "alive").text == "alive\n")
            try daemon.kill()
            try daemon.start()
            #expect(try daemon.berth("exec", "talk", "echo", "alive").text == "alive\n")
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Names}} {{.State}}").lines.contains("filler exited"))
            let refused = try daemon.berth("run", "--rm", "busybox", "true")
            #expect(refused.code == 125)
            #expect(refused.text.lowercased().contains("no space left on"), "\(refused.text)")
            try daemon.succeed(["rm", "filler"])
            if command.contains("data:/data") { try daemon.succeed(["volume", "rm", "data"]) }
            #expect(try daemon.berth("run", "--rm", "busybox", "echo", "room").text == "room\n")
            // No line was lost.
            let logs = try daemon.begin(["logs", "-f", "talk"])
            while !logs.text.contains("\n299\n"), try !logs.ends(within: 20) {}
            #expect(logs.text == (0..<300).map { "\($0)\n" }.joined())
            try daemon.succeed(["rm", "-f", "talk"])
            #expect(try logs.wait().code == 0)
        }
    }

    private func fill(_ path: String, leaving rest: Int, of daemon: TestDaemon) throws {
        let free = try run(["stat", "-f", "-c", "%a %S", "\(daemon.folder)/root"]).text.split(
            whereSeparator: \.isWhitespace)
        let bytes = free.compactMap { Int($0) }.reduce(1, *) - rest
        #expect(try run(["fallocate", "-l", "\(bytes)", path]).code == 0)
    }
}
