import LinuxSystem
import TestSupport
import Testing

/// What a container's processes may do, tried from inside.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct SecurityOptionTests {
    private static let cases: [(options: [String], command: String, expected: String)] = [
        (["--security-opt", "no-new-privileges"], "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1\n"),
        (["--security-opt", "no-new-privileges=false"], "grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t0\n"),
        (["--security-opt", "systempaths=unconfined"], "grep -c ' /proc/' /proc/mounts || true", "0\n"),
        (["--security-opt", "unmask=/proc/sys"], "grep -c ' /proc/sys ' /proc/mounts || true", "0\n"),
        (["--security-opt", "mask=/etc/group"], "wc -c < /etc/group", "0\n"),
        (["--security-opt", "label=disable", "--security-opt", "apparmor=unconfined"], "echo on", "on\n"),
        (["--device", "/dev/null:/dev/nothing:rw"], "echo x > /dev/nothing && echo written", "written\n"),
        (
            ["--device", "/dev/kmsg:/dev/log:r", "--cap-add", "SYSLOG"],
            "head -c1 /dev/log >/dev/null && echo read; : > /dev/log",
            "read\nsh: can't create /dev/log: Operation not permitted\n"
        ),
        ([], "head -c1 /dev/kmsg", "head: /dev/kmsg: No such file or directory\n"),
        (["--privileged"], "mkdir /m && mount -t tmpfs t /m && echo mounted", "mounted\n"),
        (["--privileged"], "grep Seccomp: /proc/self/status; ls /dev/kmsg", "Seccomp:\t0\n/dev/kmsg\n"),
        (["--privileged"], "grep -cE ' /proc/|/sys.* ro,' /proc/mounts || true", "0\n"),
        (["--privileged"], "mknod /m c 1 11 && head -c1 /m >/dev/null && echo read", "read\n"),
        (
            ["--device-cgroup-rule", "c 1:11 rm", "--cap-add", "SYSLOG"],
            "mknod /m c 1 11 && head -c1 /m >/dev/null && echo read; : > /m",
            "read\nsh: can't create /m: Operation not permitted\n"
        ),
    ]

    @Test func whatTheyMayDo() async throws {
        try await TestDaemon.with { daemon in
            for (options, command, expected) in Self.cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "sh", "-c", command])
                #expect(output.text == expected, "\(options)")
            }
        }
    }

    @Test func aSeccompProfileOfDockersFormat() async throws {
        try await TestDaemon.with { daemon in
            let profile = "\(daemon.folder)/profile.json"
            let text = """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                  {"names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
                   "excludes": {"caps": ["CAP_SYS_ADMIN"]}}]}
                """
            try writeFile(profile, Array(text.utf8))
            let options = ["--security-opt", "seccomp=\(profile)"]
            let refused = try daemon.berth(["run", "--rm"] + options + ["busybox", "mkdir", "/x"])
            #expect(refused.text.contains("Operation not supported") && refused.code == 1, "\(refused.text)")
            let privileged = ["--privileged"] + options
            #expect(try daemon.berth(["run", "--rm"] + privileged + ["busybox", "mkdir", "/x"]).code == 0)
            try writeFile(profile, Array(#"{"defaultAction": "FROB"}"#.utf8))
            let wrong = try daemon.berth(["run", "--rm"] + options + ["busybox", "true"])
            #expect(wrong.code == 125 && wrong.text.contains("seccomp profile"), "\(wrong.text)")
            #expect(try daemon.berth("ps", "-aq").text == "")
        }
    }
}
