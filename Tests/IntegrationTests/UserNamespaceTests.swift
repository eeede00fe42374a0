import LinuxSystem
import TestSupport
import Testing

/// Containers whose ids are not the host's, on overlay's layers and volumes with mapped ids.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct UserNamespaceTests {
    @Test func itsRootIsNobodyOnTheHost() async throws {
        try await TestDaemon.with { daemon in
            let options = ["--userns", "0:200000:65536", "-v", "data:/data"]
            let script = """
                cat /proc/self/uid_map /proc/self/gid_map | awk '{print $1, $2, $3}'
                touch /new /etc/hosts /data/own && stat -c '%u:%g' /bin /new /data/own; echo ready; exec sleep 1000000
                """
            try daemon.succeed(["run", "-d", "--name", "mapped"] + options + ["busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "mapped"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            #expect(logs.text == "0 200000 65536\n0 200000 65536\n0:0\n0:0\n0:0\nready\n")
            let pid = try daemon.berth("inspect", "--format", "{{.State.Pid}}", "mapped").lines.first ?? ""
            #expect(try run(["stat", "-c", "%u", "/proc/\(pid)"]).text == "200000\n")
            #expect(try daemon.berth("exec", "mapped", "stat", "-c", "%u", "/new").text == "0\n")
            // On disk all is as without a namespace: another container sees what it should.
            try daemon.succeed(["rm", "-f", "mapped"])
            _ = try logs.wait()
            let plain = ["busybox", "stat", "-c", "%u", "/data/own"]
            #expect(try daemon.berth(["run", "--rm", "-v", "data:/data"] + plain).text == "0\n")
            #expect(try daemon.berth(["run", "--rm", "--userns", "auto", "-v", "data:/data"] + plain).text == "0\n")
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// Whoever owns a file in the container owns it in archives and images, whether it runs or not.
    @Test func ownersAreTheContainersOwn() async throws {
        try await TestDaemon.with { daemon in
            // An image of three layers.
            for (number, base) in ["busybox", "layered:0"].enumerated() {
                let script = "mkdir -p /d; echo \(number) > /d/f\(number); chown 12:3\(number) /d/f\(number)"
                try daemon.succeed(["run", "--name", "made", base, "sh", "-c", script])
                try daemon.succeed(["commit", "made", "layered:\(number)"])
                try daemon.succeed(["rm", "made"])
            }
            let options = ["--userns", "0:200000:65536", "-v", "data:/data"]
            let image = ["--mount", "type=image,source=layered:1,target=/img", "layered:1", "sleep", "1000000"]
            try daemon.succeed(["run", "-d", "--name", "box"] + options + image)
            let script = "echo n > /new; chown 5:6 /new; echo n > /data/own; chown 7:8 /data/own; rm /d/f0"
            try daemon.succeed(["exec", "box", "sh", "-c", script])
            let look = ["stat", "-c", "%u:%g", "/d/f1", "/img/d/f0", "/img/d/f1", "/img/bin", "/bin"]
            #expect(try daemon.succeed(["exec", "box"] + look).lines == ["12:31", "12:30", "12:31", "0:0", "0:0"])
            let local = "\(daemon.folder)/local"
            try writeFile(local, Array("in".utf8))
            #expect(try run(["chown", "77:78", local]).code == 0)
            for state in ["running", "stopped"] {
                if state == "stopped" { try daemon.succeed(["stop", "-t", "0", "box"]) }
                for (path, owner) in [
                    ("/new", "5/6"), ("/d/f1", "12/31"), ("/data/own", "7/8"), ("/bin/busybox", "0/0"),
                ] {
                    #expect(try owners(daemon, "cp box:\(path) -") == [owner], "\(state): \(path)")
                }
                let all = try owners(daemon, "export box", ["new", "d/f1", "bin/busybox"])
                #expect(all == ["0/0", "12/31", "5/6"], "\(state)")
                try daemon.succeed(["cp", local, "box:/\(state)"])
                try daemon.succeed(["cp", "-a", local, "box:/data/\(state)"])
                #expect(try daemon.succeed(["diff", "box"]).lines.contains("A /\(state)"))
                try daemon.succeed(["commit", "box", "result:\(state)"])
                let seen = try daemon.succeed([
                    "run", "--rm", "result:\(state)", "sh", "-c",
                    """
                    stat -c '%u:%g' /new /d/f1 /\(state) /bin; test -e /d/f0 || echo gone
                    """,
                ]).lines
                #expect(seen == ["5:6", "12:31", "0:0", "0:0", "gone"], "\(state)")
            }
            try daemon.succeed(["start", "box"])
            let copied = ["stat", "-c", "%u:%g", "/running", "/stopped", "/data/running", "/data/stopped"]
            #expect(try daemon.succeed(["exec", "box"] + copied).lines == ["0:0", "0:0", "77:78", "77:78"])
            // Nobody's file of the host is given to it by a copy of an owner that it does not know.
            #expect(try run(["chown", "70000:70000", local]).code == 0)
            let refused = try daemon.berth("cp", "-a", local, "box:/unmapped")
            #expect(refused.code == 1 && refused.text.contains("owner 70000:70000"), "\(refused.text)")
            try daemon.succeed(["rm", "-f", "box"])
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    /// Owners of a tar's entries, as numbers: of all, or of those named.
    private func owners(_ daemon: TestDaemon, _ command: String, _ names: [String] = []) throws -> [String] {
        let list = "tar -tv --numeric-owner -f - \(names.joined(separator: " "))"
        return try run(["sh", "-c", "\(Stage.berth) \(command) | \(list)"], environment: [daemon.host]).lines.compactMap
        {
            $0.split(separator: " ").dropFirst().first.map(String.init)
        }
    }

    @Test func eachHasARangeOfItsOwn() async throws {
        try await TestDaemon.with { daemon in
            let command = [
                "--userns", "auto:size=1000", "busybox", "sh", "-c", "awk '{print $2, $3}' /proc/self/uid_map",
            ]
            var ranges: Set<String> = []
            for name in ["first", "second", "third"] {
                ranges.insert(try daemon.berth(["run", "--name", name] + command).text)
            }
            #expect(ranges.count == 3 && ranges.allSatisfy { $0.hasSuffix(" 1000\n") }, "\(ranges)")
            // A container that is gone gives its range back.
            let second = try daemon.berth("start", "-a", "second").text
            #expect(ranges.contains(second))
            try daemon.succeed(["rm", "second"])
            #expect(try daemon.berth(["run", "--rm"] + command).text == second)
            for name in ["first", "third"] { try daemon.succeed(["rm", name]) }
        }
    }

    @Test func whatDoesNotGoWithIt() async throws {
        try await TestDaemon.with { daemon in
            let cases = [
                (["--privileged"], "privileged mode is incompatible with user namespaces"),
                (["--network", "host"], "cannot share the host's network namespace"),
                (["--pid", "host"], "cannot share the PID namespace"), (["--ipc", "host"], "cannot share the IPC"),
            ]
            for (options, sentence) in cases {
                let output = try daemon.berth(["run", "--rm", "--userns", "auto"] + options + ["busybox", "true"])
                #expect(output.code == 125 && output.text.contains(sentence), "\(options): \(output.text)")
            }
            let small = ["--userns", "0:200000:1000", "busybox", "sleep", "1000000"]
            for (user, words) in [("1000", "user 1000 is"), ("5:2000", "group 2000 is"), ("nobody", "user 65534 is")] {
                let sentence = "\(words) not mapped: the container's user namespace has the ids 0-999"
                let output = try daemon.berth(["run", "--rm", "-u", user] + small)
                #expect(output.code == 125 && output.text.contains(sentence), "\(user): \(output.text)")
                try daemon.succeed(["run", "-d", "--name", "box"] + small)
                let further = try daemon.berth("exec", "-u", user, "box", "true")
                #expect(further.code == 1 && further.text.contains(sentence), "\(user): \(further.text)")
                #expect(try daemon.succeed(["exec", "-u", "999:999", "box", "id", "-u"]).text == "999\n")
                try daemon.succeed(["rm", "-f", "box"])
            }
            for mode in ["frob", "5:200000:10", "0:1:10,5:100:10", "0:4294967290:10", "auto:size=4000000000"] {
                let output = try daemon.berth("run", "--rm", "--userns", mode, "busybox", "true")
                #expect(output.code == 125, "\(mode): \(output.text)")
            }
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }
}
