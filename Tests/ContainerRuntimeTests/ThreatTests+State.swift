import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Races for mount targets, what the runtime keeps on disk, and what has no bounds.
extension ThreatTests {
    /// CVE-2021-30465: a mount's target is swapped for a link while the root is built.
    @Test func cve2021_30465_aRacedTargetStaysInside() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            let (volume, outside) = ("\(box.folder)/volume", "\(box.folder)/outside")
            for folder in [volume, outside] { try makeDirectory(folder, mode: 0o777) }
            box.spec.mounts? += [
                .init(destination: "/data", type: "bind", source: volume, options: ["rbind"]),
                .init(destination: "/data/sub/made", type: "tmpfs"),
            ]
            let script = """
                while :; do
                    ln -sn "$1" "$0/sub"; rm -rf "$0/sub"; mkdir "$0/sub"; rm -rf "$0/sub"
                done 2> /dev/null
                """
            var request = SpawnRequest(
                .path("/bin/sh"), arguments: ["sh", "-c", script, volume, outside], environment: ["PATH=/usr/bin:/bin"])
            request.processGroup = 0
            let swapper = try spawn(request)
            defer {
                ProcessGroup.signal(swapper.pid, 9)
                _ = try? ProcessDescriptor.wait(swapper.pidfd.raw)
            }
            for _ in 0..<20 { #expect([0, 1].contains(try box.run().code)) }
            #expect(try listDirectory(outside).isEmpty, "something was made outside the root")
        }
    }

    /// CVE-2020-15257 and CVE-2024-25621: an abstract socket has no permissions, and a folder has too many.
    @Test func cve2020_15257_socketsHavePathsInClosedFolders() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.writeConfiguration()
            #expect(try box.runtime(["create", "--bundle", "\(box.folder)/bundle", box.id], detached: true).code == 0)
            let state = "\(box.folder)/state"
            #expect(
                try HostCommand.run("stat", "-c", "%a %F", state, "\(state)/\(box.id)", "\(state)/\(box.id)/state.json")
                    == "700 directory\n700 directory\n600 regular file")
            let sockets = String(decoding: try readFile("/proc/net/unix"), as: UTF8.self).split(separator: "\n")
            let own = sockets.compactMap { $0.split(separator: " ").last }.filter { $0.contains(box.id) }
            #expect(own == ["\(state)/\(box.id)/start"])
        }
    }

    /// CVE-2024-40635: a user number beyond 32 bits becomes root.
    @Test func cve2024_40635_noNumberWrapsAroundToRoot() throws {
        let numbers = ["4294967295", "4294967296", "18446744073709551616", "-1"]
        try RuntimeFixture.with(["id", "-u"]) { box throws in
            for number in numbers {
                box.spec.annotations = [RuntimeAnnotation.user: number]
                #expect(try box.run().code == 1, "\(number)")
                box.spec.annotations = [RuntimeAnnotation.user: "evil"]
                try box.write("/etc/passwd", "evil:x:\(number):0::/:/bin/sh\n")
                #expect(try box.run().code == 1, "passwd \(number)")
                box.spec.annotations = [RuntimeAnnotation.user: "www:evil"]
                try box.write("/etc/passwd", "www:x:33:33::/:/bin/sh\n")
                try box.write("/etc/group", "evil:x:\(number):\n")
                #expect(try box.run().code == 1, "group \(number)")
            }
        }
    }

    /// CVE-2022-31030: what a process writes is kept in the runtime's memory.
    @Test func cve2022_31030_outputIsNotKeptInMemory() throws {
        let program = parentDirectory(executablePath()) + "/berth-runtime"
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            box.spec.linux?.resources = nil
            try box.start()
            for tty in ["", "--tty"] {
                let count = try HostCommand.run(
                    "sh", "-c",
                    """
                    ulimit -v 100000
                    "$1" --root "$2" exec \(tty) "$3" sh -c 'head -c 200000000 /dev/zero' < /dev/null | wc -c
                    """, "sh", program, "\(box.folder)/state", box.id)
                #expect(count == "200000000")
            }
        }
    }

    /// CVE-2025-64329 and kin: an endless group file.
    @Test func cve2022_31030_theGroupFileIsBounded() throws {
        try RuntimeFixture.with(["id"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.user: "www"]
            try box.write("/etc/group", "www:x:33:" + String(repeating: "x,", count: 1 << 20))
            #expect(try box.run().err.contains("/etc/group: a line is longer"))
            try box.write("/etc/group", String(repeating: "x\n", count: 5 << 20))
            #expect(try box.run().err.contains("/etc/group"))
        }
    }

    /// A sysctl's name climbs out of what its namespace has for itself.
    @Test(arguments: ["net/../kernel/core_pattern", "net./kernel", "net..ipv4", "fs/mqueue/../../kernel/core_pattern"])
    func aParameterStaysInItsNamespace(name: String) throws {
        try RuntimeFixture.with(["true"]) { box throws in
            let before = try readFile("/proc/sys/kernel/core_pattern")
            box.spec.linux?.sysctl = [name: "berth"]
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("linux.sysctl[\"\(name)\"]"), "\(output.err)")
            #expect(try readFile("/proc/sys/kernel/core_pattern") == before)
        }
    }
}
