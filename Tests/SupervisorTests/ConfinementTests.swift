import BerthAPI
import Confinement
import Glibc
import JSON
import LinuxSystem
import Testing

@testable import Supervisor

/// Plugins that try more than their manifest asks for.
struct ConfinementTests {
    typealias Package = SupervisorFixture.Package

    /// Nothing of the plugin that was stopped is left, and another one works on.
    private func expectStopped(
        _ behaviour: String, tried: String, in place: String = "/dev/shm", privileges: String = ""
    ) async throws {
        let packages = [Package(behaviour: behaviour, privileges: privileges), Package(name: "good")]
        var parent = ""
        try await SupervisorFixture.with(packages, in: place) { fixture in
            parent = fixture.cgroupParent
            try await fixture.create("a", on: "good")
            let before = try await fixture.supervisor.inspect("good").pid
            await #expect(throws: BerthError.self) { try await fixture.create("a") }
            let info = try await fixture.supervisor.inspect("odd")
            let reason = "was stopped: it tried \(tried), which its manifest does not ask for"
            #expect(info.lastError?.contains(reason) == true, "\(info.lastError ?? "")")
            #expect(fixture.operations.list.contains("odd violation \(tried)"), "\(fixture.operations.list)")
            try await fixture.create("b", on: "good")
            #expect(try await fixture.supervisor.inspect("good").pid == before)
        }
        try expectNothingLeft(parent)
    }

    private func expectNothingLeft(_ parent: String) throws {
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
        #expect(!mounts.contains(parent))
        for root in try CgroupLayout.detect().hierarchies { #expect(!fileExists(root + parent)) }
    }

    @Test(arguments: [
        "mount", "unshare", "ptrace", "setns", "bpf", "init_module", "open_tree", "add_key", "clone", "kexec_load",
    ])
    func isStoppedForASystemCall(_ call: String) async throws {
        try await expectStopped("calls \(call)", tried: "the system call \(call)")
    }

    @Test func isStoppedForTooManyProcesses() async throws {
        try await expectStopped(
            "many-processes", tried: "more than 24 processes and threads", privileges: #","limits":{"processes":24}"#)
    }

    /// On a disk: what is stored on a file system in memory would count.
    @Test func isStoppedForTooMuchMemory() async throws {
        try await expectStopped(
            "much-memory", tried: "more than 64 MiB of memory", in: "/var/tmp",
            privileges: #","limits":{"memory":67108864}"#)
    }

    @Test func mayCallWhatItsManifestNames() async throws {
        let package = Package(
            behaviour: "calls setns", capabilities: ["CAP_SYS_ADMIN"], privileges: #","systemCalls":["setns"]"#)
        try await SupervisorFixture.with([package]) { fixture in
            let error = await #expect(throws: BerthError.self) { try await fixture.create("a") }
            // The descriptor is a socket, no namespace: the kernel has looked at the call.
            #expect(error?.message == "EINVAL")
            #expect(fixture.operations.list.isEmpty)
        }
    }

    @Test func seesAndReachesOnlyItsOwn() async throws {
        let outside = "/dev/shm/berth-outside-\(UInt64.random(in: 0...UInt64.max))"
        try writeFile(outside, Array("x".utf8))
        defer { try? removeFile(outside) }
        let package = Package(behaviour: "hidden", paths: ["\(outside):ro"])
        var parent = ""
        try await SupervisorFixture.with([package]) { fixture in
            parent = fixture.cgroupParent
            try writeFile("\(fixture.folder)/plugins/odd/declared", Array(outside.utf8))
            try writeFile("\(fixture.folder)/plugins/odd/victim", Array("\(Host.processID)".utf8))
            let error = await #expect(throws: BerthError.self) { try await fixture.create("a") }
            let outcome = try JSON(parsing: error?.message ?? "").object ?? []
            let expected = [
                "shadow": "ENOENT", "home": "ENOENT", "connect": "ENETUNREACH", "write /usr": "EROFS",
                "write /": "EROFS", "write package": "EROFS", "write /proc/sys": "EROFS", "device": "EPERM",
                "kill": "ESRCH", "raw socket": "EPERM", "chown": "EROFS", "setuid": "EPERM", "write state": "done",
                "write /tmp": "done", "processes": "1", "declared": "done", "write declared": "EROFS",
            ]
            #expect(Dictionary(uniqueKeysWithValues: outcome.map { ($0.key, $0.value.string ?? "") }) == expected)
            #expect(fixture.operations.list.isEmpty)
            let pid = try #require(try await fixture.supervisor.inspect("odd").pid)
            let status = String(decoding: try readFile("/proc/\(pid)/status"), as: UTF8.self)
            for line in ["CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"] {
                #expect(status.contains("\(line):\t0000000000000000"))
            }
            #expect(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"))
        }
        try expectNothingLeft(parent)
    }

    @Test func runsAsTheDaemonDoesWhereToldTo() async throws {
        let package = Package(behaviour: "calls add_key")
        try await SupervisorFixture.with([package], configure: { $0.confinement?.unconfined = ["odd"] }) { fixture in
            await #expect(throws: BerthError.self) { try await fixture.create("a") }
            let info = try await fixture.supervisor.inspect("odd")
            #expect(info.confinement == nil && info.lastError == nil && fixture.operations.list.isEmpty)
        }
    }

    @Test func saysWhatIsEnforced() async throws {
        let package = Package(capabilities: ["CAP_CHOWN"], paths: ["/srv/a", "/srv/b:ro"])
        try await SupervisorFixture.with([package], in: "/var/tmp") { fixture in
            let enforced = try #require(try await fixture.supervisor.inspect("odd").confinement)
            #expect(enforced.capabilities == ["CAP_CHOWN"] && enforced.network == "none")
            #expect(enforced.readable == ["\(fixture.folder)/plugins/odd", "/srv/b"])
            #expect(
                enforced.writable
                    == ["\(fixture.folder)/root/plugins/odd", "\(fixture.folder)/run/plugins/odd/run", "/srv/a"])
            #expect(enforced.memory == 512 << 20 && enforced.processes == 256)
        }
    }

    /// Killed after it had started a process and before it had written down which.
    @Test func endsWhatADaemonThatDiedHadJustStarted() async throws {
        var parent = ""
        try await SupervisorFixture.with { fixture in
            parent = fixture.cgroupParent
            let owner = try InstanceEnvironment.owner(of: "\(fixture.folder)/root")
            let own = try fixture.startSleeper(owner: owner)
            let other = try fixture.startSleeper(owner: "another")
            await fixture.supervisor.takeOver()
            #expect(try ProcessDescriptor.waitUntilEnded(own.raw, milliseconds: 5000))
            #expect(try !ProcessDescriptor.waitUntilEnded(other.raw, milliseconds: 0))
            try ProcessDescriptor.signal(other.raw, SIGKILL)
            #expect(try ProcessDescriptor.waitUntilEnded(other.raw, milliseconds: 5000))
            _ = (try ProcessDescriptor.wait(own.raw), try ProcessDescriptor.wait(other.raw))
            fixture.confiner(owner: "another").endLeftovers(except: [])
        }
        try expectNothingLeft(parent)
    }
}

extension SupervisorFixture {
    fileprivate func confiner(owner: String) -> Confiner {
        let settings = ConfinementSettings(
            executable: parentDirectory(executablePath()) + "/berth-confine", cgroupParent: cgroupParent)
        return Confiner(settings, owner: owner) { _ in }
    }

    /// A process in a cell, as a daemon over this root or another would have started it.
    fileprivate func startSleeper(owner: String) throws -> SharedDescriptor {
        let privileges = #"{"capabilities":[],"network":"none","devices":[],"paths":[]}"#
        let plugin = ConfinedPlugin(
            name: "odd-one", privileges: try JSON(parsing: privileges).decode(PluginManifest.Privileges.self),
            configuration: [:], package: [],
            state: folder, run: folder)
        let cell = try #require(try confiner(owner: owner).cell(for: plugin))
        var request = SpawnRequest(.path("/bin/sleep"), arguments: ["sleep", "infinity"], environment: [])
        try cell.enclose(&request, "/bin/sleep")
        return try spawn(request).shared()
    }
}
