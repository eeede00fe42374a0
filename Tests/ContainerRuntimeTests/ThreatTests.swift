import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// Mechanisms of defects that other engines shipped, tried against this one.
@Suite(.enabled(if: RuntimeFixture.isPossible)) struct ThreatTests {
    /// CVE-2019-5736: the runtime's binary is overwritten through /proc/self/exe.
    @Test func cve2019_5736_theRunningBinaryCannotBeWritten() throws {
        let sealed = try SealedExecutable.open("/bin/busybox")
        #expect(throws: SystemError.self) { _ = try openForAppending("/proc/self/fd/\(sealed.raw)") }
        try RuntimeFixture.with(["/evil"]) { box throws in
            // The interpreter is whoever executes the script: the runtime itself, inside the container.
            try box.write("/evil", "#!/proc/self/exe\n", mode: 0o755)
            let before = try readFile(parentDirectory(executablePath()) + "/berth-runtime", limit: 1 << 30).count
            #expect(try box.run().code != 0)
            #expect(try readFile(parentDirectory(executablePath()) + "/berth-runtime", limit: 1 << 30).count == before)
        }
    }

    /// CVE-2024-21626: a folder of the host is reached through a leaked descriptor.
    @Test func cve2024_21626_noDescriptorLeaksAndTheFolderIsInside() throws {
        for number in 3...12 {
            try RuntimeFixture.with(["sh", "-c", "ls /proc/self/fd; pwd"]) { box throws in
                box.spec.process?.cwd = "/proc/self/fd/\(number)"
                #expect(try box.run().code != 0)
            }
        }
        try RuntimeFixture.with(["sh", "-c", "ls /proc/self/fd"]) { box throws in
            // 3 is the folder that ls itself reads.
            #expect(try box.run().out == "0\n1\n2\n3\n")
        }
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            #expect(try box.exec(["--cwd", "/proc/self/fd/7"], "true").code != 0)
            #expect(try box.exec([], "sh", "-c", "ls /proc/self/fd").out == "0\n1\n2\n3\n")
        }
    }

    /// CVE-2025-31133: what masks a path is not the null device.
    @Test func cve2025_31133_masksAreTheNullDevice() throws {
        try RuntimeFixture.with(["sh", "-c", "stat -c %t:%T /proc/keys; ls /sys/firmware; touch /sys/firmware/x"]) {
            box throws in
            try box.write("/dev/null", "not a device")
            box.spec.mounts?.removeAll { $0.destination == "/dev" || $0.destination == "/dev/pts" }
            let output = try box.run()
            #expect(output.out == "1:3\n", "\(output.err)")
            #expect(output.err.contains("Read-only file system"))
        }
        #expect(throws: SystemError.self) {
            _ = try DeviceNode.open("/dev/zero", .character, .init(major: 1, minor: 3))
        }
        #expect(throws: SystemError.self) { _ = try DeviceNode.open("/dev/fd", .character, .init(major: 1, minor: 3)) }
    }

    /// CVE-2025-52565: /dev/console is a link of the image.
    @Test func cve2025_52565_theConsoleStaysInside() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /etc/target"]) { box throws in
            let target = "\(box.folder)/outside"
            try rewriteFile(target, Array("untouched".utf8))
            box.spec.mounts?.removeAll { $0.destination == "/dev" }
            box.spec.process?.terminal = true
            let dev = try RootFolder.openPlace(box.host("/dev"))
            try DeviceNode.link("console", in: dev.raw, to: target)
            #expect(throws: Never.self) { _ = try box.run() }
            #expect(try readFile(target) == Array("untouched".utf8))
        }
    }

    /// CVE-2025-52881 and CVE-2019-19921: the image decides where procfs is.
    @Test func cve2025_52881_procIsWhereItsPathSays() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            try removeDirectory(box.host("/proc"))
            let root = try RootFolder.openPlace(box.host("/"))
            try DeviceNode.link("proc", in: root.raw, to: "/tmp")
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("/proc"))
        }
        #expect(throws: SystemError.self) { _ = try KernelFolder("/tmp", [.proc]) }
    }

    /// CVE-2026-41579 and kin: a mount's target is a link that leads out of the root.
    @Test func cve2026_41579_targetsAreResolvedInside() throws {
        try RuntimeFixture.with(["sh", "-c", "ls /escape; cat /tmp/deep/er/made"]) { box throws in
            try makeDirectory("\(box.folder)/volume")
            try rewriteFile("\(box.folder)/volume/made", Array("inside\n".utf8))
            let root = try RootFolder.openPlace(box.host("/"))
            try DeviceNode.link("escape", in: root.raw, to: "../../../../../../tmp/deep/er")
            box.spec.mounts?.append(
                .init(destination: "/escape", type: "bind", source: "\(box.folder)/volume", options: ["rbind"]))
            let output = try box.run()
            #expect(output.out == "made\ninside\n", "\(output.err)")
            #expect(fileExists(box.host("/tmp/deep/er")))
            #expect(!fileExists("/tmp/deep/er"))
        }
    }

    /// CVE-2026-30892: a user that is no number becomes root.
    @Test func cve2026_30892_oddUsersAreErrors() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            for user in ["1 ", "+1", "-1", "0x1", "01", "4294967295", "4294967296", "18446744073709551616", "1:-1"] {
                #expect(try box.exec(["--user=\(user)"], "id").code == 1, "\(user)")
            }
        }
    }

    /// CVE-2022-29162: the inheritable set lets a program regain capabilities.
    @Test func cve2022_29162_theInheritableSetIsEmpty() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            for user in ["root", "www"] {
                let status = try box.exec(["--user", user], "cat", "/proc/self/status").out
                #expect(status.contains("CapInh:\t0000000000000000"))
                #expect(status.contains("CapAmb:\t0000000000000000"))
                #expect(status.contains("CapBnd:\t00000000a80425fb"))
            }
        }
    }

    /// CVE-2024-9676, CVE-2022-31030: passwd is a link, a fifo, or endless.
    @Test func cve2024_9676_theAccountFilesAreReadInsideAndBounded() throws {
        try RuntimeFixture.with(["id", "-u"]) { box throws in
            box.spec.annotations = [RuntimeAnnotation.user: "daemon"]
            try removeFile(box.host("/etc/passwd"))
            let etc = try RootFolder.openPlace(box.host("/etc"))
            try DeviceNode.link("passwd", in: etc.raw, to: "../../../../../../../etc/passwd")
            #expect(try box.run().code == 1, "the host's passwd was read")
            try removeFile(box.host("/etc/passwd"))
            try DeviceNode.make(
                "passwd", in: etc.raw, .fifo, .init(major: 0, minor: 0), permissions: 0o644, uid: 0, gid: 0)
            #expect(try box.run().code == 1)
            try removeFile(box.host("/etc/passwd"))
            try box.write("/etc/passwd", String(repeating: "x", count: 9 << 20))
            #expect(try box.run().err.contains("/etc/passwd"))
        }
    }
}
