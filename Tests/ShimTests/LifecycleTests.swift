import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import OCISpec
import Testing

@Suite(.enabled(if: CurrentProcess.uid == 0)) struct LifecycleTests {
    @Test func aContainerLivesAndEndsAndLeavesNothing() throws {
        try ShimFixture.with(["sh", "-c", "echo out; echo err >&2; exit 7"]) { fixture in
            #expect(try fixture.call(ShimState()).phase == .empty)
            let pid = try fixture.call(ShimCreate()).pid
            #expect(try fixture.call(ShimCreate()).pid == pid)
            #expect(try fixture.call(ShimState()).phase == .created)
            #expect(fixture.hasCgroup)
            _ = try fixture.call(ShimStart())
            let exit = try fixture.waitForExit()
            #expect(exit.exitCode == 7)
            #expect(!exit.oomKilled)
            let written = try JSON(parsing: readFile("\(fixture.bundle)/exit.json")).decode(ExitRecord.self)
            #expect(written == exit)
            fixture.run { fixture.log?.hasEnded == true }
            #expect(fixture.log?.text(of: 1) == "out\n")
            #expect(fixture.log?.text(of: 2) == "err\n")
            #expect(try fixture.call(ShimState()).phase == .exited)
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
            #expect(!fixture.hasCgroup)
        }
    }

    @Test(arguments: [(["true"], 0), (["sh", "-c", "kill -9 $$; exit 3"], 3), (["sh", "-c", "exit 255"], 255)])
    func exitCodes(arguments: [String], code: Int) throws {
        try ShimFixture.with(arguments) { fixture in
            try fixture.start()
            #expect(try fixture.waitForExit().exitCode == code)
        }
    }

    @Test func aSignalIsTheExitCode() throws {
        try ShimFixture.with(["sleep", "1000"]) { fixture in
            try fixture.start()
            _ = try fixture.call(ShimKill(signal: 9))
            #expect(try fixture.waitForExit().exitCode == 137)
            // Killing what has ended succeeds.
            _ = try fixture.call(ShimKill(signal: 9))
        }
    }

    @Test func aStraySignalToTheShimHurtsNobody() throws {
        try ShimFixture.with(["cat"], configure: { $0.annotations = ["dev.berth.stdin": "open"] }) { fixture in
            try fixture.start()
            for signal: CInt in [15, 1, 2, 13] { try fixture.signalShim(signal) }
            #expect(try fixture.call(ShimState()).phase == .running)
        }
    }

    @Test func aMissingProgramIsNotFoundAndCanBeDeleted() throws {
        try ShimFixture.with(["nothing-of-this-name"]) { fixture in
            _ = try fixture.call(ShimCreate())
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimStart()) }
            #expect(error?.kind == .notFound)
            #expect(error?.object == "executable")
            #expect(!fixture.hasCgroup)
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
        }
    }

    @Test func aFileThatIsNoProgramIsDenied() throws {
        try ShimFixture.with(["/bin/text"]) { fixture in
            _ = try fixture.call(ShimCreate())
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimStart()) }
            #expect(error?.kind == .permissionDenied)
        }
    }

    /// Once, when the container's control group is gone; one that fails keeps nobody from going on.
    @Test func theHooksForTheEndRunAtDelete() throws {
        let file = "/tmp/berth-shim-hook-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? removeFile(file) }
        let configure = { (spec: inout RuntimeSpec) -> Void in
            let groups = "find /sys/fs/cgroup -depth -path '*\(spec.linux?.cgroupsPath ?? "/")'"
            let script = "cat >> \(file); echo >> \(file); \(groups) >> \(file)"
            spec.hooks = .init()
            spec.hooks?.poststop = [
                .init(path: "/bin/false"),
                .init(path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/bin:/usr/bin"]),
            ]
        }
        try ShimFixture.with(["true"], configure: configure) { fixture in
            try fixture.start()
            #expect(try fixture.waitForExit().exitCode == 0)
            #expect(!fileExists(file))
            _ = try fixture.call(ShimDelete())
            let lines = String(decoding: try readFile(file), as: UTF8.self).split(separator: "\n")
            try #require(lines.count == 1, "\(lines)")
            let state = try JSON(parsing: Array(lines[0].utf8))
            #expect(state["status"]?.string == "stopped" && state["bundle"]?.string == fixture.bundle)
            #expect(try fixture.reapShim() == .exited(code: 0))
        }
    }

    @Test func deleteEndsWhatRuns() throws {
        try ShimFixture.with(["sh", "-c", "sleep 1000 & sleep 1000"]) { fixture in
            try fixture.start()
            _ = try fixture.call(ShimDelete())
            #expect(fixture.exits.map(\.exitCode) == [137])
            #expect(try fixture.reapShim() == .exited(code: 0))
            #expect(!fixture.hasCgroup)
        }
    }

    @Test func deleteBeforeCreateEndsTheShim() throws {
        try ShimFixture.with(["true"]) { fixture in
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
        }
    }

    @Test func pauseStopsAndResumeGoesOn() throws {
        try ShimFixture.with(["cat"], configure: { $0.annotations = ["dev.berth.stdin": "open"] }) { fixture in
            let client = try fixture.startAttached()
            _ = try fixture.call(ShimPause())
            _ = try fixture.call(ShimPause())
            #expect(try fixture.call(ShimState()).phase == .paused)
            client.send("hello\n")
            _ = try fixture.call(ShimState())
            #expect(client.bytes.isEmpty)
            _ = try fixture.call(ShimResume())
            fixture.run { client.bytes.count == 8 + 6 }
            _ = try fixture.call(ShimPause())
            _ = try fixture.call(ShimKill(signal: 9))
            #expect(try fixture.waitForExit().exitCode == 137)
        }
    }

    @Test func aSecondDaemonAdoptsTheContainer() throws {
        try ShimFixture.with(["cat"], configure: { $0.annotations = ["dev.berth.stdin": "open"] }) { fixture in
            try fixture.start()
            let other = try fixture.connect()
            fixture.connection.close()
            let state = try other.callAndWait(ShimState(), timeout: .seconds(10)).result
            #expect(state.phase == .running)
            #expect(state.startedAt != nil)
            _ = try other.callAndWait(ShimKill(signal: 15), timeout: .seconds(10))
            _ = try other.callAndWait(ShimKill(signal: 9), timeout: .seconds(10))
            #expect(try fixture.waitForExit().exitCode == 137)
        }
    }

    @Test func aKilledShimLeavesWhatTheBundleTells() throws {
        try ShimFixture.with(["sleep", "1000"]) { fixture in
            let pid = try fixture.call(ShimCreate()).pid
            _ = try fixture.call(ShimStart())
            let identity = try JSON(parsing: readFile("\(fixture.bundle)/shim.json"))
            #expect(identity["pid"]?.int == Int64(pid))
            #expect(identity["startTime"]?.int.map { UInt64($0) } == ProcessIdentity(pid: CInt(pid))?.startTime)
            let container = try ProcessDescriptor.open(CInt(pid))
            try fixture.killShim()
            _ = try fixture.reapShim()
            // What berthd does with it.
            try Cgroup(fixture.cgroupPath, in: CgroupLayout.detect()).remove()
            #expect(try ProcessDescriptor.waitUntilEnded(container.raw, milliseconds: 5000))
            #expect(!fixture.hasCgroup)
        }
    }

    @Test func aKilledLauncherLeavesNothingAndTheShimGoesOn() throws {
        try ShimFixture.with(["sleep", "1000"]) { fixture in
            let pid = CInt(try fixture.call(ShimCreate()).pid)
            let container = try ProcessDescriptor.open(pid)
            let children = try readFile("/proc/\(fixture.shim.pid)/task/\(fixture.shim.pid)/children")
            let launcher = try #require(CInt(String(decoding: children, as: UTF8.self).filter { $0 != " " }))
            #expect(launcher != pid)
            let copy = try ProcessDescriptor.open(launcher)
            try ProcessDescriptor.signal(copy.raw, 9)
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimStart()) }
            #expect(error != nil)
            #expect(try ProcessDescriptor.waitUntilEnded(container.raw, milliseconds: 10_000))
            #expect(try fixture.call(ShimState()).phase == .empty)
            #expect(!fixture.hasCgroup)
            // As if nothing had been tried.
            try fixture.start()
            #expect(try fixture.call(ShimState()).phase == .running)
        }
    }

    @Test func aContainerKilledBeforeItsStartIsToldSo() throws {
        try ShimFixture.with(["sleep", "1000"]) { fixture in
            let pid = CInt(try fixture.call(ShimCreate()).pid)
            let container = try ProcessDescriptor.open(pid)
            try ProcessDescriptor.signal(container.raw, 9)
            #expect(try ProcessDescriptor.waitUntilEnded(container.raw, milliseconds: 5000))
            let error = #expect(throws: BerthError.self) { try fixture.call(ShimStart()) }
            // While it is still set up, or when it waits for its start.
            #expect(error?.message.hasPrefix("the container's first process was killed") == true, "\(error as Any)")
            #expect(!fixture.hasCgroup)
            _ = try fixture.call(ShimDelete())
            #expect(try fixture.reapShim() == .exited(code: 0))
        }
    }

    @Test func badInputIsAnsweredOrEndsItsConnectionOnly() throws {
        try ShimFixture.with(["cat"], configure: { $0.annotations = ["dev.berth.stdin": "open"] }) { fixture in
            try fixture.start()
            let garbage = try fixture.rawConnection()
            garbage.send("this is not json\n")
            fixture.run { garbage.text.contains("-32700") }
            let silent = try fixture.rawConnection()
            let long = try fixture.rawConnection()
            long.send([UInt8](repeating: 0x61, count: 2 << 20))
            fixture.run { long.isAtEnd }
            let unknown = try fixture.rawConnection()
            unknown.send(#"{"jsonrpc":"2.0","id":1,"method":"shim.nothing"}"# + "\n")
            fixture.run { unknown.text.contains("-32601") }
            #expect(!silent.isAtEnd)
            #expect(try fixture.call(ShimState()).phase == .running)
        }
    }
}
