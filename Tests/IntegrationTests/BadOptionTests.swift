import LinuxSystem
import TestSupport
import Testing

/// What cannot be meant, and what the host does not have: one sentence, 125, and nothing left behind.
@Suite(.serialized, .enabled(if: Stage.isThere, "make test lays out the stage"))
struct BadOptionTests {
    private static let refusals: [(options: [String], sentence: String)] = [
        (["-m", "5m"], "minimum memory limit allowed is 6MB"),
        (["--memory-swap", "32m"], "you should always set the memory limit"),
        (["--cpus", "4096"], "range of CPUs is from 0.01 to"),
        (["--cpu-shares", "many"], "invalid argument \"many\" for \"--cpu-shares\" flag"),
        (["--cpuset-cpus", "4096"], "requested CPUs are not available - requested 4096"),
        (["--device-read-bps", "/dev/nope:1mb"], "device /dev/nope: No such file or directory"),
        (["--device", "/dev/nope"], "adding custom device \"/dev/nope\": No such file or directory"),
        (["--cap-add", "FROB"], "unknown capability: \"CAP_FROB\""),
        (["--stop-signal", "FROB"], "invalid signal: FROB"),
        (["-u", "4294967296"], "uids and gids must be in the range"),
        (["-u", "nobody2"], "unable to find user nobody2"), (["--group-add", "frob"], "unable to find group frob"),
        (["--sysctl", "kernel.panic=1"], "sysctl 'kernel.panic' is not allowed"),
        (["--sysctl", "net.core.frob=1"], "sysctl net.core.frob=1"),
        (["--network", "host", "--sysctl", "net.core.somaxconn=7"], "shares that namespace with the host"),
        (["--uts", "host", "--hostname", "x"], "hostname and the UTS mode"),
        (["--network", "container:donor", "-p", "80:80"], "port publishing and the container type network mode"),
        (["--network", "container:nope"], "no such container: nope"),
        (["--pid", "container:nope"], "no such container"),
        (["--name", "own", "--pid", "container:own"], "cannot join own PID namespace"),
        (["--ipc", "container:donor"], "container donor: non-shareable IPC"),
        (["--pid", "container:donor"], "cannot join the PID namespace of container donor: it is not running"),
        (["--volumes-from", "nope"], "no such container: nope"),
        (["--volumes-from", "donor:x"], "invalid mode for volumes-from: donor:x"),
        (["--runtime", "frob"], "unknown or invalid runtime name: frob"),
        (["--mount", "type=image,src=nope,dst=/m"], "no such image: nope:latest"),
        (["--annotation", "dev.berth.user=0"], "invalid annotation dev.berth.user"),
        (["--security-opt", "seccomp=/nope"], "opening seccomp profile (/nope) failed"),
    ]

    @Test func theyAreRefused() async throws {
        try await TestDaemon.with { daemon in
            try daemon.succeed(["create", "--name", "donor", "busybox", "true"])
            for (options, sentence) in Self.refusals {
                let output = try daemon.berth(["run", "--rm"] + options + ["busybox", "true"])
                #expect(output.code == 125, "\(options): \(output.text)")
                #expect(output.text.contains(sentence), "\(options): \(output.text)")
            }
            #expect(try daemon.berth("ps", "-a", "--format", "{{.Names}}").text == "donor\n")
            #expect(try daemon.berth("volume", "ls", "-q").text == "")
            #expect(try daemon.shims().isEmpty)
            #expect(try daemon.cgroups().isEmpty)
        }
    }
}
