import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct LifecycleTests {
    @Test func createdRunningPausedStopped() throws {
        try RuntimeFixture.with(["sleep", "100"]) { fixture throws in
            try fixture.writeConfiguration()
            let arguments = ["create", "--bundle", "\(fixture.folder)/bundle", fixture.id]
            #expect(try fixture.runtime(arguments, detached: true).code == 0)
            #expect(try fixture.status == "created")
            #expect(try fixture.runtime(arguments, detached: true).err.contains("exists already"))
            #expect(try fixture.runtime(["start", fixture.id]).code == 0)
            #expect(try fixture.status == "running")
            #expect(try fixture.runtime(["start", fixture.id]).err.contains("already started"))
            #expect(try fixture.runtime(["pause", fixture.id]).code == 0)
            #expect(try fixture.status == "paused")
            #expect(try fixture.exec([], "true").err.contains("is paused"))
            #expect(try fixture.runtime(["resume", fixture.id]).code == 0)
            #expect(try fixture.exec([], "true").code == 0)
            #expect(try fixture.runtime(["delete", fixture.id]).err.contains("is running"))
            try fixture.kill()
            #expect(try fixture.status == "stopped")
            #expect(try fixture.runtime(["delete", fixture.id]).code == 0)
            #expect(try fixture.runtime(["state", fixture.id]).err.contains("does not exist"))
        }
    }

    @Test func aPausedContainerCanBeDeletedByForce() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            #expect(try box.runtime(["pause", box.id]).code == 0)
            #expect(try box.runtime(["delete", "--force", box.id]).code == 0)
        }
    }

    @Test func aFailedCreateLeavesNothing() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            box.spec.mounts?.append(
                .init(destination: "/x", type: "bind", source: "/no/such/folder", options: ["bind"]))
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("/no/such/folder"))
            #expect(try box.runtime(["list", "--quiet"]).out.isEmpty)
        }
    }

    @Test func execHasTheContainersWorldAndItsOwnStatus() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            try box.start()
            #expect(try box.exec([], "cat", "/proc/sys/kernel/hostname").out == "box\n")
            #expect(try box.exec([], "cat", "/proc/1/cmdline").out.hasPrefix("sleep"))
            #expect(try box.exec([], "sh", "-c", "exit 5").code == 5)
            #expect(try box.exec(["--user", "www:extra"], "sh", "-c", "id -u; id -g").out == "33\n44\n")
            #expect(try box.exec([], "nosuch").code == 127)
            let nowhere = try box.exec(["--cwd", "/not/here"], "pwd")
            #expect(nowhere.code == 1 && nowhere.err.contains("working directory /not/here"), "\(nowhere)")
            #expect(try box.exec(["--cwd", "/tmp"], "sh", "-c", "pwd").out == "/tmp\n")
            #expect(try box.exec(["--env", "A=b"], "sh", "-c", "echo $A").out == "b\n")
        }
    }

    @Test func aTerminalIsTheContainersOwn() throws {
        try RuntimeFixture.with(["sh", "-c", "test -t 0 && ls -l /dev/console && ls /dev/pts"]) { box throws in
            box.spec.process?.terminal = true
            let output = try box.run()
            #expect(output.code == 0, "\(output.err)")
            #expect(output.out.contains("136,   0") || output.out.contains("136, 0"), "\(output.out)")
        }
    }
}

extension RuntimeFixture {
    /// Kills the first process and waits for its end.
    func kill() throws {
        let process = try ProcessDescriptor.open(try record().pid)
        #expect(try runtime(["kill", id, "KILL"]).code == 0)
        #expect(try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 10_000))
    }
}
