import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

@Suite(.enabled(if: RuntimeFixture.isPossible)) struct HookTests {
    /// A hook of the host's shell; `$LOG` is a file of the test.
    private func hook(_ box: RuntimeFixture, _ script: String, timeout: Int? = nil) -> RuntimeSpec.Hook {
        .init(
            path: "/bin/sh", args: ["sh", "-c", script],
            env: ["LOG=\(box.folder)/log", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
            timeout: timeout)
    }

    private func lines(_ path: String) throws -> [String] {
        guard fileExists(path) else { return [] }
        return String(decoding: try readFile(path), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test func everyStageHasItsTimeItsPlaceAndTheState() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            let note = "echo $(readlink /proc/self/ns/net /proc/self/ns/mnt) $(cat)"
            box.spec.annotations = ["key": "value"]
            var hooks = RuntimeSpec.Hooks()
            hooks.prestart = [hook(box, "\(note) >> $LOG")]
            hooks.createRuntime = [hook(box, "\(note) >> $LOG"), hook(box, "echo second >> $LOG")]
            hooks.createContainer = [hook(box, "\(note) >> $LOG; pwd >> $LOG")]
            hooks.startContainer = [
                .init(
                    path: "/bin/sh", args: ["sh", "-c", "echo $A $(readlink /proc/self/ns/net) $(cat) > /note"],
                    env: ["A=b", "PATH=/bin"])
            ]
            hooks.poststart = [hook(box, "\(note) >> $LOG")]
            hooks.poststop = [hook(box, "\(note) >> $LOG")]
            box.spec.hooks = hooks
            try box.writeConfiguration()
            #expect(try box.runtime(["create", "--bundle", "\(box.folder)/bundle", box.id], detached: true).code == 0)
            let pid = try box.record().pid
            let (network, mounts) = (linkTarget("/proc/self/ns/net") ?? "", linkTarget("/proc/self/ns/mnt") ?? "")
            let inside = (linkTarget("/proc/\(pid)/ns/net") ?? "", linkTarget("/proc/\(pid)/ns/mnt") ?? "")
            func state(_ status: String, _ pid: CInt) -> String {
                box.state(status, pid).json.description
            }
            let host = "\(network) \(mounts)"
            var expected = [
                "\(host) \(state("creating", pid))", "\(host) \(state("creating", pid))", "second",
                "\(inside.0) \(inside.1) \(state("creating", 1))",
            ]
            let found = try lines("\(box.folder)/log")
            #expect(Array(found.prefix(4)) == expected)
            #expect(!fileExists(box.host("/note")))
            #expect(try box.runtime(["start", box.id]).code == 0)
            #expect(try lines(box.host("/note")) == ["b \(inside.0) \(state("created", 1))"])
            expected.append("\(host) \(state("running", pid))")
            try box.kill()
            #expect(try lines("\(box.folder)/log").count == 6)
            #expect(try box.runtime(["delete", box.id]).code == 0)
            expected.append("\(host) \(state("stopped", 0))")
            var all = try lines("\(box.folder)/log")
            all.remove(at: 4)  // where createContainer ran
            #expect(all == expected)
        }
    }

    @Test(arguments: ["prestart", "createRuntime", "createContainer"]) func aFailureStopsTheCreation(stage: String)
        throws
    {
        try RuntimeFixture.with(["true"]) { box throws in
            let failing = [hook(box, "echo some words >&2; exit 3"), hook(box, "echo never >> $LOG")]
            var hooks = RuntimeSpec.Hooks()
            switch stage {
            case "prestart": hooks.prestart = failing
            case "createRuntime": hooks.createRuntime = failing
            default: hooks.createContainer = failing
            }
            hooks.poststop = [hook(box, "echo poststop >> $LOG")]
            box.spec.hooks = hooks
            try box.writeConfiguration()
            let output = try box.runtime(["create", "--bundle", "\(box.folder)/bundle", box.id], detached: true)
            #expect(output.code == 1)
            #expect(output.err.contains("hooks.\(stage)[0]: /bin/sh ended with code 3: some words"), "\(output.err)")
            #expect(try lines("\(box.folder)/log") == ["poststop"])
            #expect(try box.runtime(["list", "--quiet"]).out.isEmpty)
        }
    }

    @Test func aFailureBeforeTheProgramIsTheStartsError() throws {
        try RuntimeFixture.with(["touch", "/began"]) { box throws in
            var hooks = RuntimeSpec.Hooks()
            hooks.startContainer = [.init(path: "/no/such/hook")]
            box.spec.hooks = hooks
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("hooks.startContainer[0]: execve /no/such/hook: No such file"), "\(output.err)")
            #expect(!fileExists(box.host("/began")))
        }
    }

    @Test func aFailureAfterTheStartEndsTheContainer() throws {
        try RuntimeFixture.with(["sleep", "100"]) { box throws in
            var hooks = RuntimeSpec.Hooks()
            hooks.poststart = [hook(box, "exit 4")]
            box.spec.hooks = hooks
            try box.writeConfiguration()
            #expect(try box.runtime(["create", "--bundle", "\(box.folder)/bundle", box.id], detached: true).code == 0)
            let process = try ProcessDescriptor.open(try box.record().pid)
            let output = try box.runtime(["start", box.id])
            #expect(output.code == 1)
            #expect(output.err.contains("hooks.poststart[0]: /bin/sh ended with code 4"), "\(output.err)")
            #expect(try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 10_000))
        }
    }

    @Test func aFailureAtTheEndIsAWarning() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            var hooks = RuntimeSpec.Hooks()
            hooks.poststop = [hook(box, "exit 5"), hook(box, "echo second >> $LOG")]
            box.spec.hooks = hooks
            let output = try box.run()
            #expect(output.code == 0)
            #expect(output.err.contains("hooks.poststop[0]: /bin/sh ended with code 5"), "\(output.err)")
            #expect(try lines("\(box.folder)/log") == ["second"])
        }
    }

    @Test func aHookThatTakesTooLongIsKilled() throws {
        try RuntimeFixture.with(["true"]) { box throws in
            var hooks = RuntimeSpec.Hooks()
            hooks.createRuntime = [hook(box, "echo $$ >> $LOG; sleep 1000", timeout: 1)]
            box.spec.hooks = hooks
            let output = try box.run()
            #expect(output.code == 1)
            #expect(output.err.contains("hooks.createRuntime[0]: /bin/sh has not ended within 1 s"), "\(output.err)")
            let pid = try #require(try lines("\(box.folder)/log").first)
            #expect(!fileExists("/proc/\(pid)"))
        }
    }

    /// As hooks that bring devices and libraries of the host do.
    @Test(.enabled(if: HostCommand.exists("nsenter"))) func aHookCanMountIntoTheRoot() throws {
        try RuntimeFixture.with(["sh", "-c", "cat /brought/file"]) { box throws in
            try makeDirectory(box.host("/brought"), mode: 0o755)
            try makeDirectory("\(box.folder)/volume")
            try rewriteFile("\(box.folder)/volume/file", Array("brought\n".utf8))
            let script = """
                pid=$(sed 's/.*"pid": *\\([0-9]*\\).*/\\1/')
                nsenter --target $pid --mount mount --bind \(box.folder)/volume \(box.host("/brought"))
                """
            var hooks = RuntimeSpec.Hooks()
            hooks.createRuntime = [hook(box, script)]
            box.spec.hooks = hooks
            let output = try box.run()
            #expect(output.out == "brought\n", "\(output.err)")
        }
    }
}

extension RuntimeFixture {
    /// What the specification calls the state, of this container.
    func state(_ status: String, _ pid: CInt) -> ContainerState {
        ContainerState(id: id, status: status, pid: pid, bundle: "\(folder)/bundle", annotations: spec.annotations)
    }
}
