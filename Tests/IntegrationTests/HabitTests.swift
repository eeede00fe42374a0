import LinuxSystem
import TestSupport
import Testing

/// What scripts written for docker rely on, found by running the same lines with both.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct HabitTests {
    @Test func filtersOfLists() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["tag", "busybox", "other:1"])
            try daemon.succeed(["run", "-d", "--name", "web", "--expose", "90-92", "busybox", "sleep", "1000"])
            try daemon.succeed(["create", "--name", "web-2", "-v", "data:/data", "other:1", "true"])
            try daemon.succeed(["commit", "web", "made:1"])
            try daemon.succeed(["create", "--name", "child", "made:1", "true"])
            let id = try daemon.inspect("web", "{{.Id}}")
            let image = try daemon.inspect("web", "{{.Image}}")
            let cases: [(filter: String, names: [String])] = [
                ("name=web", ["web-2", "web"]), ("name=^web$", ["web"]), ("name=^/web$", ["web"]),
                ("name=/web-", ["web-2"]), ("name=we.-[0-9]", ["web-2"]), ("name=[", []), ("name=WEB", []),
                ("id=\(id.prefix(12))", ["web"]), ("id=^\(id)$", ["web"]),
                ("ancestor=busybox", ["child", "web-2", "web"]),
                ("ancestor=busybox:latest", ["child", "web-2", "web"]),
                ("ancestor=docker.io/library/busybox", ["child", "web-2", "web"]),
                ("ancestor=\(image.dropFirst(7).prefix(12))", ["child", "web-2", "web"]),
                ("ancestor=made:1", ["child"]),
                ("ancestor=nothing", []), ("expose=91", ["child", "web"]), ("expose=92-95/tcp", ["child", "web"]),
                ("expose=91/udp", []),
                ("network=bridge", ["child", "web-2", "web"]), ("status=created", ["child", "web-2"]),
            ]
            for (filter, names) in cases {
                let found = try daemon.berth("ps", "-a", "--filter", filter, "--format", "{{.Names}}").lines
                #expect(found == names, "\(filter)")
            }
            for filter in ["status=blah", "exited=x", "publish=http", "expose=2-1", "health=fine"] {
                let output = try daemon.berth("ps", "--filter", filter)
                #expect(output.code == 1 && output.text.contains("invalid filter '\(filter)'"), "\(output.text)")
            }
            #expect(try daemon.berth("volume", "ls", "-q", "--filter", "name=^data$").text == "data\n")
            #expect(
                try daemon.berth("network", "ls", "--filter", "name=^bri.*e$", "--format", "{{.Name}}").text
                    == "bridge\n")
            try daemon.succeed(["rm", "-f", "web", "web-2", "child"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// After SIGKILL nothing is in the way of the next verb.
    @Test func aKilledContainerHasEnded() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "busybox", "sleep", "1000"])
            for _ in 0..<5 {
                try daemon.succeed(["kill", "one"])
                #expect(try daemon.inspect("one", "{{.State.Status}} {{.State.ExitCode}}") == "exited 137")
                try daemon.succeed(["start", "one"])
            }
            try daemon.succeed(["kill", "-s", "9", "one"])
            try daemon.succeed(["rm", "one"])
            // It ends for good while its policy starts it again and again.
            try daemon.succeed(["run", "-d", "--name", "loop", "--restart", "always", "busybox", "false"])
            try daemon.await("loop", "{{gt .RestartCount 1}}", "true")
            try daemon.succeed(["kill", "loop"])
            #expect(try daemon.inspect("loop", "{{.State.Status}}") == "exited")
            try daemon.succeed(["rm", "loop"])
        }
    }

    @Test func anImageOfAnotherPlatformIsNotMeant() async throws {
        try await TestDaemon.with { daemon in
            let own = "linux/\(try daemon.inspect("busybox", "{{.Architecture}}"))"
            let other = own == "linux/arm64" ? "linux/amd64" : "linux/arm64"
            try daemon.succeed(["run", "--rm", "--platform", own, "busybox", "true"])
            let refused = try daemon.berth("run", "--rm", "--platform", other, "--pull", "never", "busybox", "true")
            #expect(
                refused.code == 125 && refused.text.contains("is here for \(own), not for \(other)"), "\(refused.text)")
            // Where it may be pulled, that is tried.
            let missing = try daemon.berth("create", "--platform", other, "busybox", "true")
            #expect(missing.code == 1 && missing.text.contains("Unable to find image 'busybox:latest' locally"))
            #expect(
                missing.text.contains("not for \(other)") || missing.text.contains("no image for \(other)"),
                "\(missing.text)")
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }

    /// The group is a supplementary one too, and root's are those of the group file (CVE-2022-36109).
    @Test func groupsOfAProcess() async throws {
        try await TestDaemon.with { daemon in
            let join = "echo extra:x:77:root,nobody >> /etc/group"
            try daemon.succeed(["run", "--name", "box", "busybox", "sh", "-c", join])
            try daemon.succeed(["commit", "box", "groups:1"])
            let cases: [([String], String)] = [
                ([], "0 77"), (["-u", "1"], "0"), (["-u", "1:2"], "2"), (["-u", "nobody"], "77 65534"),
                (["-u", "nobody:7"], "7"), (["-u", "1:2", "--group-add", "8"], "2 8"),
            ]
            for (options, groups) in cases {
                let command =
                    ["run", "--rm"] + options + ["groups:1", "sed", "-n", "s/^Groups:.//p", "/proc/self/status"]
                let seen = try daemon.berth(command).text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
                #expect(seen == groups, "\(options)")
            }
            try daemon.succeed(["run", "-d", "--name", "one", "groups:1", "sleep", "1000"])
            #expect(try daemon.berth("exec", "one", "id", "-G").text == "0 77\n")
            #expect(try daemon.berth("exec", "-u", "1:2", "one", "id", "-G").text == "2\n")
            try daemon.succeed(["rm", "-f", "one", "box"])
        }
    }

    @Test func aMissingFolderIsMadeByRunAndNotByExec() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["run", "-d", "--name", "one", "-w", "/made", "busybox", "sleep", "1000"])
            #expect(try daemon.berth("exec", "one", "pwd").text == "/made\n")
            let refused = try daemon.berth("exec", "-w", "/nosuch", "one", "true")
            #expect(refused.code != 0 && refused.text.contains("working directory /nosuch"), "\(refused.text)")
            #expect(try daemon.berth("exec", "one", "test", "-e", "/nosuch").code == 1)
            try daemon.succeed(["rm", "-f", "one"])
        }
    }

    /// A script that keeps what `run -d` prints can remove what could not be started.
    @Test func theIdOfWhatCouldNotBeStarted() async throws {
        try await TestDaemon.with { daemon in
            let output = try daemon.berth("run", "-d", "busybox", "nosuch")
            let id = try #require(output.lines.first { $0.utf8.count == 64 }, "\(output.text)")
            #expect(output.code == 127)
            #expect(try daemon.inspect(id, "{{.State.Status}}") == "created")
            try daemon.succeed(["rm", id])
        }
    }

    @Test func inspectOfWhatDoesNotRun() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed([
                "create", "--name", "one", "-v", "/anonymous", "-v", "/tmp:/host:ro", "busybox", "true",
            ])
            let cases = [
                ("{{range $name, $e := .NetworkSettings.Networks}}{{$name}}[{{$e.IPAddress}}]{{end}}", "bridge[]"),
                ("{{.HostConfig.NetworkMode}}", "bridge"), ("{{.NetworkSettings.GlobalIPv6Address}}", ""),
                ("{{.NetworkSettings.Bridge}}{{.NetworkSettings.SandboxID}}", ""),
                ("{{json .HostConfig.Links}}", "null"),
                ("{{json .Config.Volumes}}", #"{"/anonymous":{}}"#),
                ("{{range .Mounts}}{{.Destination}}={{.Mode}};{{end}}", "/anonymous=;/host=ro;"),
            ]
            for (template, expected) in cases {
                #expect(try daemon.inspect("one", template) == expected, "\(template)")
            }
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Networks}}").text == "bridge\n")
            #expect(try daemon.berth("inspect", "-s", "-f", "{{gt .SizeRootFs .SizeRw}}", "one").text == "true\n")
            #expect(try daemon.berth("container", "inspect", "--size", "one").text.contains("\"SizeRw\": "))
            #expect(try daemon.berth("inspect", "-f", "{{.State", "one").code == 64)
            try daemon.succeed(["rm", "-v", "one"])
        }
    }
}
