import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Testing

/// Containers that other OCI runtimes hold: Debian's crun and runc, driven by the shim.
@Suite(.enabled(if: CurrentProcess.uid == 0)) struct ForeignRuntimeTests {
    static let runtimes = ["crun", "runc"]

    @Test(arguments: runtimes) func aWholeLife(_ runtime: String) throws {
        try Self.with(runtime, ["sh", "-c", "read line; echo got $line; exit 3"]) { fixture in
            let client = try fixture.startAttached()
            client.send("word\n")
            #expect(try fixture.waitForExit().exitCode == 3)
            fixture.run { client.isAtEnd }
            #expect(client.multiplexed(1) == "got word\n")
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
            #expect(!fixture.hasCgroup)
            #expect(try listDirectory("\(fixture.bundle)/oci/state") == [])
            #expect(try listDirectory("\(fixture.bundle)/oci/rootfs") == [], "the root is mounted on the host")
        }
    }

    @Test(arguments: runtimes) func aTerminal(_ runtime: String) throws {
        let configure = { (spec: inout RuntimeSpec) -> Void in spec.process?.terminal = true }
        try Self.with(runtime, ["sh", "-c", "stty size; read line; stty size"], configure) { fixture in
            _ = try fixture.call(ShimCreate())
            var attach = AttachRequest(stdin: true, stdout: true, stderr: true)
            (attach.rows, attach.columns) = (33, 44)
            let client = try fixture.client(try fixture.reply(ShimStart(attach: attach)).descriptors)
            fixture.run { client.text.contains("33 44") }
            _ = try fixture.call(ShimResize(rows: 5, columns: 6))
            client.send("\n")
            fixture.run { client.text.contains("5 6") }
            #expect(try fixture.waitForExit().exitCode == 0)
        }
    }

    @Test(arguments: runtimes) func furtherProcesses(_ runtime: String) throws {
        try Self.with(runtime, ["sleep", "1000"]) { fixture in
            try fixture.start()
            let client = try fixture.exec("e1", ["sh", "-c", "cat; exit 7"])
            client.send("hello")
            client.shutdown()
            #expect(try fixture.call(ShimExecWait(exec: "e1")).exitCode == 7)
            fixture.run { client.isAtEnd }
            #expect(client.multiplexed(1) == "hello")
            // One that ends before anybody looks.
            for number in 0..<5 {
                _ = try fixture.exec("short\(number)", ["true"])
                #expect(try fixture.call(ShimExecWait(exec: "short\(number)")).exitCode == 0)
            }
            for (program, kind) in [("nothing", ErrorKind.notFound), ("/bin/text", .permissionDenied)] {
                let error = #expect(throws: BerthError.self) {
                    try fixture.call(ShimExec(exec: "x", config: .init(arguments: [program])))
                }
                #expect(error?.kind == kind, "\(error?.message ?? "")")
                #expect(error?.object == "executable")
            }
            var config = ExecConfig(arguments: ["sh", "-c", "tty; sleep 1000"])
            config.terminal = true
            let attach = AttachRequest(stdin: true, stdout: true, stderr: true)
            let reply = try fixture.reply(ShimExec(exec: "t", config: config, attach: attach))
            let terminal = try fixture.client(reply.descriptors)
            fixture.run { terminal.text.contains("/dev/pts/") }
            _ = try fixture.call(ShimKill(signal: 9, exec: "t"))
            #expect(try fixture.call(ShimExecWait(exec: "t")).exitCode == 137)
        }
    }

    @Test(arguments: runtimes) func signalsAndFreezing(_ runtime: String) throws {
        try Self.with(runtime, ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 1; done"]) { fixture in
            let client = try fixture.startAttached()
            fixture.run { client.multiplexed(1) == "ready\n" }
            _ = try fixture.call(ShimPause())
            #expect(try fixture.call(ShimState()).phase == .paused)
            let error = #expect(throws: BerthError.self) {
                try fixture.call(ShimExec(exec: "x", config: .init(arguments: ["true"])))
            }
            #expect(error?.kind == .failedPrecondition)
            _ = try fixture.call(ShimResume())
            #expect(try fixture.call(ShimState()).phase == .running)
            _ = try fixture.call(ShimKill(signal: 15))
            #expect(try fixture.waitForExit().exitCode == 5)
            // Of one that has ended nothing is asked.
            _ = try fixture.call(ShimKill(signal: 15))
        }
    }

    @Test(arguments: runtimes) func aPausedContainerDiesOfSIGKILL(_ runtime: String) throws {
        try Self.with(runtime, ["sleep", "1000"]) { fixture in
            try fixture.start()
            _ = try fixture.call(ShimPause())
            _ = try fixture.call(ShimKill(signal: 9))
            #expect(try fixture.waitForExit().exitCode == 137)
        }
    }

    @Test(arguments: runtimes) func programsThatCannotRun(_ runtime: String) throws {
        for (program, kind) in [("nothing", ErrorKind.notFound), ("/bin/text", .permissionDenied)] {
            try Self.with(runtime, [program]) { (fixture) throws in
                let error = #expect(throws: BerthError.self) { try fixture.start() }
                #expect(error?.kind == kind, "\(error?.message ?? "")")
                #expect(error?.object == "executable")
                #expect(!fixture.hasCgroup)
                #expect(try fixture.call(ShimState()).phase == .empty)
            }
        }
    }

    @Test(arguments: runtimes) func usersAreThoseOfTheContainer(_ runtime: String) throws {
        let annotate = { (spec: inout RuntimeSpec) -> Void in
            spec.annotations?[RuntimeAnnotation.user] = "someone:4321"
        }
        try Self.with(runtime, ["sh", "-c", "busybox id; echo $HOME; sleep 1000"], annotate) { fixture in
            let client = try fixture.startAttached()
            fixture.run { client.multiplexed(1).contains("/home/someone\n") }
            #expect(client.multiplexed(1).contains("uid=1234 gid=4321"))
            var config = ExecConfig(arguments: ["busybox", "id", "-u"])
            config.user = "other"
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimExec(exec: "o", config: config)) }
            #expect(error?.message.contains("unable to find user other") == true)
        }
    }

    @Test func aContainerThatNeverStartsLeavesNothing() throws {
        try Self.with("crun", ["sleep", "1000"]) { fixture in
            _ = try fixture.call(ShimCreate())
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
            #expect(!fixture.hasCgroup)
        }
    }

    @Test func aRuntimeThatIsNotThere() throws {
        let configure = { (spec: inout RuntimeSpec) -> Void in
            spec.annotations = [RuntimeAnnotation.runtime: #"["/usr/bin/no-such-runtime"]"#]
        }
        try ShimFixture.with(["true"], configure: configure) { fixture in
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimCreate()) }
            #expect(error?.message.contains("no-such-runtime") == true)
            #expect(error?.object != "executable")
        }
    }

    /// crun takes no host whose v2 hierarchy has a controller beside v1's; it is made not to see that one.
    private static func command(_ runtime: String) -> [String] {
        let script = "umount /sys/fs/cgroup/unified 2>/dev/null; exec \(runtime) \"$@\""
        return ["/usr/bin/unshare", "--mount", "--propagation", "slave", "/bin/sh", "-c", script, runtime]
    }

    private static func with(
        _ runtime: String, _ arguments: [String], _ configure: @escaping (inout RuntimeSpec) -> Void = { _ in },
        _ body: (ShimFixture) throws -> Void
    ) throws {
        let command = try JSON(encoding: Self.command(runtime)).description
        let configureAll = { (spec: inout RuntimeSpec) in
            spec.annotations = [RuntimeAnnotation.runtime: command]
            spec.annotations?["dev.berth.stdin"] = "open"
            configure(&spec)
        }
        try ShimFixture.with(arguments, configure: configureAll) { fixture in
            try writeFile(
                "\(fixture.bundle)/rootfs/etc/passwd", Array("someone:x:1234:1234::/home/someone:/bin/sh\n".utf8))
            try body(fixture)
        }
    }
}
