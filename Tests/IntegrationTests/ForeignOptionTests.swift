import LinuxSystem
import TestSupport
import Testing

/// Options that the OCI specification has no word for, or that need another container, under another runtime.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct ForeignOptionTests {
    @Test(arguments: ["crun", "runc"]) func theSameAnswers(_ runtime: String) async throws {
        let configuration = ForeignRuntimeTests.configuration(default: runtime)
        try await TestDaemon.with(configuration: configuration) { daemon in
            let fill = "mkdir -p /v/a; echo deep > /v/a/file; ln -s /etc /v/absolute; mkdir /v/etc; touch /v/etc/own"
            try daemon.succeed(["run", "--rm", "-v", "data:/v", "busybox", "sh", "-c", fill])
            let donor = ["--name", "donor", "--ipc", "shareable", "--hostname", "named"]
            let script = "echo kept > /dev/shm/x; echo ready; exec sleep 1000000"
            try daemon.succeed(["run", "-d"] + donor + ["busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "donor"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            let image = "type=image,src=busybox,dst=/m"
            let cases: [([String], String, String)] = [
                (["--group-add", "77", "--group-add", "nogroup", "-u", "5:6"], "id -G", "6 77 65534\n"),
                (["--group-add", "nogroup"], "id -G", "0 65534\n"),
                (["--mount", "src=data,dst=/m,volume-subpath=a"], "ls /m", "file\n"),
                (["--mount", "src=data,dst=/m,volume-subpath=absolute"], "ls /m", "own\n"),
                (["--mount", image], "ls -d /m/bin/busybox", "/m/bin/busybox\n"),
                (["--mount", image + ",image-subpath=etc/passwd"], "head -c4 /m", "root"),
                (["--ipc", "container:donor"], "cat /dev/shm/x", "kept\n"),
                (["--pid", "container:donor"], "cat /proc/1/comm", "sleep\n"),
                (["--network", "container:donor"], "hostname", "named\n"),
                (["--ulimit", "nofile=100:200"], "ulimit -Sn; ulimit -Hn", "100\n200\n"),
                (["--security-opt", "mask=/etc/group"], "wc -c < /etc/group", "0\n"),
                (["--privileged"], "grep Seccomp: /proc/self/status", "Seccomp:\t0\n"),
            ]
            for (options, script, expected) in cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "sh", "-c", script])
                #expect(output.text == expected, "\(options)")
            }
            try daemon.succeed(["rm", "-f", "donor"])
            _ = try logs.wait()
            try daemon.succeed(["volume", "rm", "data"])
        }
    }
}
