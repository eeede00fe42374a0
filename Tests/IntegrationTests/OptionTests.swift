import LinuxSystem
import TestSupport
import Testing

/// docker's flags, by what the container sees of them.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct OptionTests {
    @Test func whatTheContainerSees() async throws {
        try await TestDaemon.with { daemon in
            try writeFile("\(daemon.folder)/env", Array("A=1\n# no\nB=two words\n".utf8))
            let bind = "type=bind,src=\(daemon.folder),dst=/m,readonly"
            let cases: [([String], [String], String)] = [
                (["--init"], ["cat", "/proc/1/comm"], "docker-init\n"),
                (["--env-file", "\(daemon.folder)/env"], ["sh", "-c", "echo $A,$B"], "1,two words\n"),
                (
                    ["--read-only", "--tmpfs", "/t"], ["sh", "-c", "touch /t/x; touch /x"],
                    "touch: /x: Read-only file system\n"
                ),
                (["-u", "65534:65534"], ["id", "-u"], "65534\n"), (["-u", "nobody"], ["id", "-un"], "nobody\n"),
                (["--security-opt", "seccomp=unconfined"], ["grep", "Seccomp:", "/proc/1/status"], "Seccomp:\t0\n"),
                ([], ["grep", "Seccomp:", "/proc/1/status"], "Seccomp:\t2\n"),
                (
                    ["--mount", bind], ["sh", "-c", "head -c3 /m/env; touch /m/x"],
                    "A=1touch: /m/x: Read-only file system\n"
                ),
                (
                    ["--mount", "type=tmpfs,dst=/m,tmpfs-size=65536"], ["sh", "-c", "df -k /m | awk 'END {print $2}'"],
                    "64\n"
                ),
                (["--mount", "type=volume,src=data,dst=/m"], ["sh", "-c", "echo kept > /m/x"], ""),
                (["--mount", "type=volume,src=data,dst=/m"], ["cat", "/m/x"], "kept\n"),
                (["-w", "/var/www", "--hostname", "named"], ["sh", "-c", "pwd; hostname"], "/var/www\nnamed\n"),
            ]
            for (options, command, expected) in cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox"] + command)
                #expect(output.text == expected, "\(options)")
            }
            try daemon.succeed(["volume", "rm", "data"])
        }
    }

    @Test func logsAreCutRotatedAndRead() async throws {
        try await TestDaemon.with { daemon in
            let script = "for i in $(seq 1 300); do echo line $i; done; echo error >&2"
            let options = ["--log-opt", "max-size=2k", "--log-opt", "max-file=2"]
            try daemon.succeed(["run", "--name", "talker"] + options + ["busybox", "sh", "-c", script])
            let lines = try daemon.berth("logs", "talker").lines
            #expect(lines.count < 100)
            #expect(try daemon.berth("logs", "--tail", "2", "talker").text == "line 300\nerror\n")
            #expect(try daemon.berth("logs", "--until", "2000-01-01", "talker").text == "")
            #expect(try daemon.berth("logs", "--since", "10m", "talker").lines == lines)
            #expect(try daemon.berth("logs", "-f", "talker").lines == lines)
            let format = "{{.State.ExitCode}} {{json .HostConfig.LogConfig.Config}}"
            let inspected = try daemon.berth("inspect", "--format", format, "talker").text
            #expect(inspected == "0 {\"max-file\":\"2\",\"max-size\":\"2k\"}\n")
            #expect(try daemon.berth("ps", "-aq", "--filter", "status=exited").lines.count == 1)
            #expect(try daemon.berth("ps", "-aq", "--filter", "status=running").text == "")
            try daemon.succeed(["rm", "talker"])
        }
    }

    @Test func theStopSignalIsTheContainersOwn() async throws {
        try await TestDaemon.with { daemon in
            let script = "trap 'exit 3' USR1; echo ready; while :; do usleep 10000; done"
            try daemon.succeed(["run", "-d", "--name", "sig", "--stop-signal", "USR1", "busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "sig"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            try daemon.succeed(["stop", "sig"])
            #expect(try daemon.berth("wait", "sig").text == "3\n")
            _ = try logs.wait()
            try daemon.succeed(["rm", "sig"])
        }
    }

    @Test func anImageIsPushedToTheLayoutAndPulledAgain() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["tag", "busybox", "local/mine:1"])
            try daemon.succeed(["push", "-q", "--registry", "layout", "local/mine:1"])
            try daemon.succeed(["rmi", "local/mine:1"])
            #expect(try daemon.berth("run", "--rm", "local/mine:1", "echo", "back").text.hasSuffix("back\n"))
            try daemon.succeed(["rmi", "local/mine:1"])
        }
    }
}
