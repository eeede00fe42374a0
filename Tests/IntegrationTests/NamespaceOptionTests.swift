import LinuxSystem
import TestSupport
import Testing

/// Namespaces that a container shares with the host or with another container.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct NamespaceOptionTests {
    private func own(_ kind: String) throws -> String { try run(["readlink", "/proc/self/ns/\(kind)"]).text }

    @Test func theHostsOwn() async throws {
        try await TestDaemon.with { daemon in
            for (option, kind) in [("--pid", "pid"), ("--ipc", "ipc"), ("--uts", "uts"), ("--cgroupns", "cgroup")] {
                let link = ["busybox", "readlink", "/proc/self/ns/\(kind)"]
                let host = try own(kind)
                #expect(try daemon.berth(["run", "--rm", option, "host"] + link).text == host, "\(option)")
                #expect(try daemon.berth(["run", "--rm"] + link).text != host, "\(option)")
            }
            let hostname = try run(["hostname"]).text
            #expect(try daemon.berth("run", "--rm", "--uts", "host", "busybox", "hostname").text == hostname)
            #expect(try daemon.berth("run", "--rm", "--network", "host", "busybox", "hostname").text == hostname)
            let memory = ["sh", "-c", "grep -c /dev/shm /proc/mounts"]
            #expect(try daemon.berth(["run", "--rm", "--ipc", "none", "busybox"] + memory).text == "0\n")
        }
    }

    @Test func anotherContainers() async throws {
        try await TestDaemon.with { daemon in
            let donor = ["--name", "donor", "--ipc", "shareable", "--hostname", "named"]
            let script = "echo kept > /dev/shm/x; echo ready; exec sleep 1000000"
            try daemon.succeed(["run", "-d"] + donor + ["busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "donor"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            let cases: [([String], String, String)] = [
                (["--pid", "container:donor"], "cat /proc/1/comm", "sleep\n"),
                (["--ipc", "container:donor"], "cat /dev/shm/x; echo more > /dev/shm/y", "kept\n"),
                (["--ipc", "container:donor"], "cat /dev/shm/y", "more\n"),
                (
                    ["--network", "container:donor"], "hostname; cat /etc/hostname; grep -c named /etc/hosts",
                    "named\nnamed\n1\n"
                ),
            ]
            for (options, script, expected) in cases {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "sh", "-c", script])
                #expect(output.text == expected, "\(options)")
            }
            let address = ["sh", "-c", "ip -4 -o addr show eth0 | awk '{print $4}'"]
            let shared = try daemon.berth(["run", "--rm", "--network", "container:donor", "busybox"] + address).text
            #expect(try daemon.berth(["exec", "donor"] + address).text == shared && !shared.isEmpty)
            // By its id, whatever it is called later.
            try daemon.succeed(["create", "--name", "joiner", "--pid", "container:donor", "busybox", "true"])
            let mode = try daemon.berth("inspect", "--format", "{{.HostConfig.PidMode}}", "joiner").text
            let id = try daemon.berth("inspect", "--format", "{{.Id}}", "donor").text
            #expect(mode == "container:\(id)")
            try daemon.succeed(["kill", "donor"])
            _ = try daemon.berth("wait", "donor")
            _ = try logs.wait()
            let refused = try daemon.berth("start", "joiner")
            #expect(refused.code == 1)
            let sentence = "cannot join the PID namespace of container donor: it is not running"
            #expect(refused.text.contains(sentence), "\(refused.text)")
            for name in ["joiner", "donor"] { try daemon.succeed(["rm", name]) }
        }
    }

    /// The other container's /dev/shm is what is mounted there, never what a link in its file system leads to.
    @Test func aLinkInsteadOfSharedMemoryIsNotFollowed() async throws {
        try await TestDaemon.with { daemon in
            let options = ["--name", "evil", "--ipc", "shareable", "--cap-add", "SYS_ADMIN"]
            let script = "umount /dev/shm && rmdir /dev/shm && ln -s /etc /dev/shm && echo ready; exec sleep 1000000"
            let security = ["--security-opt", "seccomp=unconfined"]
            try daemon.succeed(["run", "-d"] + options + security + ["busybox", "sh", "-c", script])
            let logs = try daemon.begin(["logs", "-f", "evil"])
            while !logs.text.contains("ready"), try !logs.ends(within: 10) {}
            let output = try daemon.berth("run", "--rm", "--ipc", "container:evil", "busybox", "ls", "/dev/shm")
            #expect(output.code == 125 && output.text.contains("/dev/shm of another container"), "\(output.text)")
            try daemon.succeed(["rm", "-f", "evil"])
            _ = try logs.wait()
        }
    }

    /// Without a pid namespace of its own a container's other processes do not end with its first.
    @Test func nothingIsLeftOfAContainerInTheHostsPidNamespace() async throws {
        try await TestDaemon.with { daemon in
            let script = "sleep 1000000 & echo $!"
            let output = try daemon.berth("run", "--pid", "host", "--name", "leaver", "busybox", "sh", "-c", script)
            let pid = try #require(output.lines.first.flatMap { CInt($0) })
            #expect(!fileExists("/proc/\(pid)") || ProcessIdentity(pid: pid) == nil)
            try daemon.succeed(["rm", "leaver"])
        }
    }
}
