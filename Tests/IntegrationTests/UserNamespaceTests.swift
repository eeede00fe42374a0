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
            for mode in ["frob", "5:200000:10", "0:1:10,5:100:10", "0:4294967290:10", "auto:size=4000000000"] {
                let output = try daemon.berth("run", "--rm", "--userns", mode, "busybox", "true")
                #expect(output.code == 125, "\(mode): \(output.text)")
            }
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }
}
