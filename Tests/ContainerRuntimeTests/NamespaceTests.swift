import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct NamespaceTests {
    @Test(.enabled(if: fileExists("/proc/self/timens_offsets"))) func clocksHaveOffsets() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /proc/self/timens_offsets; cut -d . -f 1 /proc/uptime; sleep 100"]) {
            box throws in
            box.spec.linux?.namespaces?.append(.init(type: "time"))
            box.spec.linux?.timeOffsets = [
                "boottime": .init(secs: 7_000_000), "monotonic": .init(secs: 100, nanosecs: 5),
            ]
            try box.start()
            let inside = try box.exec([], "sh", "-c", "cat /proc/self/timens_offsets; cut -d . -f 1 /proc/uptime")
            let lines = inside.out.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
            try #require(lines.count == 3, "\(inside)")
            #expect(lines[0] == ["monotonic", "100", "5"])
            #expect(lines[1] == ["boottime", "7000000", "0"])
            #expect(try #require(Int(lines[2][0])) > 7_000_000)
        }
    }

    // MARK: User namespaces

    private func map(_ box: RuntimeFixture, from host: UInt32 = 100_000) {
        box.spec.linux?.namespaces?.append(.init(type: "user"))
        box.spec.linux?.uidMappings = [.init(containerID: 0, hostID: host, size: 65_536)]
        box.spec.linux?.gidMappings = [.init(containerID: 0, hostID: host, size: 65_536)]
    }

    @Test func rootInsideIsNobodyOutside() throws {
        let script = """
            id -u; cat /proc/self/uid_map; cat /proc/self/setgroups; cat /proc/self/oom_score_adj; hostname
            ls -l /dev/null | cut -c 1-10; echo x > /dev/null && cat /dev/null; ls /sys/class/net; touch /tmp/x
            """
        try RuntimeFixture.with(["sh", "-c", script]) { box throws in
            map(box)
            try HostCommand.run("chown", "-R", "100000:100000", box.host("/tmp"))
            box.spec.process?.oomScoreAdj = 100
            let output = try box.run()
            let lines = output.out.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(
                lines == ["0", "0 100000 65536", "allow", "100", "box", "crw-rw-rw-", "lo"],
                "\(output.out) \(output.err)")
            #expect(try HostCommand.run("stat", "-c", "%u:%g", box.host("/tmp/x")) == "100000:100000")
        }
    }

    /// The bundle's folder is closed to everybody but the host's root.
    @Test func sourcesNeedNotBeReachableFromInside() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /data/file; stat -c %u /data/file; id -u; id -G"]) { box throws in
            map(box)
            try makeDirectory("\(box.folder)/volume", mode: 0o755)
            try rewriteFile("\(box.folder)/volume/file", Array("content\n".utf8))
            try makeDirectory(box.host("/data"), mode: 0o755)
            try HostCommand.run("chmod", "700", box.folder)
            box.spec.process?.user = .init(uid: 33, gid: 33, additionalGids: [44])
            box.spec.mounts?.append(
                .init(destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind", "rro"]))
            let output = try box.run()
            #expect(output.out == "content\n65534\n33\n33 44\n", "\(output.err)")
        }
    }

    /// A regression: on a host whose mounts are shared ones, as systemd makes them, the container's were mounted there
    /// too, in its root and over what it shows of the host.
    @Test(arguments: [true, false]) func mountsStayInTheContainer(hasUsers: Bool) throws {
        try RuntimeFixture.with(["cat", "/data/inner/file"]) { box throws in
            if hasUsers { map(box) }
            try makeDirectory("\(box.folder)/volume/inner", mode: 0o755)
            try makeDirectory(box.host("/data"), mode: 0o755)
            box.spec.mounts? += [
                .init(
                    destination: "/data", type: "bind", source: "\(box.folder)/volume", options: ["rbind", "rshared"]),
                .init(destination: "/data/inner", type: "tmpfs", source: "tmpfs"),
            ]
            box.spec.process?.args = ["sh", "-c", "echo mine >/data/inner/file; cat /data/inner/file"]
            try box.writeConfiguration()
            let run = box.command(["run", "--bundle", "\(box.folder)/bundle", box.id])
            let script = #"cp /proc/self/mountinfo "$0"; "$@" && diff "$0" /proc/self/mountinfo && ls /sys/fs/cgroup"#
            let words = ["unshare", "--mount", "--propagation", "shared", "sh", "-c", script, "\(box.folder)/mounts"]
            let output = try HostCommand.run(words + run)
            #expect(output.hasPrefix("mine\n") && output.split(separator: "\n").count > 2, "\(output)")
        }
    }

    @Test func execEntersTheUserNamespace() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            map(box)
            try box.start()
            let output = try box.exec(["--user", "www"], "sh", "-c", "id -u; cat /proc/self/uid_map")
            #expect(output.code == 0, "\(output.err)")
            #expect(output.out.hasPrefix("33\n         0     100000      65536\n"))
        }
    }

    @Test func aProgramCanOpenItsPipesAgain() throws {
        for user in ["0", "33"] {
            try RuntimeFixture.with(["sh", "-c", "echo again > /proc/self/fd/1"]) { box throws in
                map(box)
                box.spec.annotations = [RuntimeAnnotation.user: user]
                try box.writeConfiguration()
                let output = try box.runThroughPipe(["run", "--bundle", "\(box.folder)/bundle", box.id])
                #expect(output == "again\n", "user \(user)")
            }
        }
    }

    @Test func anUnmappedUserIsNamed() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            map(box)
            box.spec.process?.user = .init(uid: 70_000, gid: 0)
            #expect(try box.run().err.contains("process.user.uid: 70000 is not mapped by linux.uidMappings"))
        }
    }

    // MARK: Namespaces of another container

    @Test(arguments: [false, true]) func namespacesAreJoinedByTheirPaths(withUser: Bool) throws {
        let types =
            [("pid", "pid"), ("network", "net"), ("ipc", "ipc"), ("uts", "uts")] + (withUser ? [("user", "user")] : [])
        try RuntimeFixture.with(["sleep", "100"]) { first throws in
            if withUser { map(first) }
            try first.start()
            let pid = try first.record().pid
            let script =
                "hostname; for n in \(types.map(\.1).joined(separator: " ")); do readlink /proc/self/ns/$n; done; id -u"
            try RuntimeFixture.with(["sh", "-c", script]) { second throws in
                second.spec.hostname = nil
                second.spec.linux?.namespaces = types.map { .init(type: $0.0, path: "/proc/\(pid)/ns/\($0.1)") }
                second.spec.linux?.namespaces?.append(.init(type: "mount"))
                second.spec.linux?.namespaces?.append(.init(type: "cgroup"))
                let output = try second.run()
                let expected = try types.map { try #require(linkTarget("/proc/\(pid)/ns/\($0.1)")) }
                #expect(output.out == (["box"] + expected + ["0", ""]).joined(separator: "\n"), "\(output.err)")
            }
        }
    }

    @Test func aContainerCanShareTheHostsNamespaces() throws {
        let kinds = ["pid", "net", "ipc", "uts", "cgroup"]
        let script = "for n in \(kinds.joined(separator: " ")); do readlink /proc/self/ns/$n; done"
        try RuntimeFixture.with(["sh", "-c", script]) { box throws in
            box.spec.hostname = nil
            box.spec.linux?.namespaces = [.init(type: "mount")]
            box.spec.mounts?.removeAll { $0.type == "sysfs" || $0.type == "cgroup" }
            let output = try box.run()
            let expected = try kinds.map { try #require(linkTarget("/proc/self/ns/\($0)")) }
            #expect(output.out == expected.joined(separator: "\n") + "\n", "\(output.err)")
        }
    }
}
