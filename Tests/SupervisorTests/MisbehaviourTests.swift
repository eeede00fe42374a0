import BerthAPI
import LinuxSystem
import Testing

@testable import Supervisor

/// What plugins can do wrong: each is failed with a reason, and another one beside it works on.
struct MisbehaviourTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var behaviour: String
        /// What the reason says; nil where the call succeeds all the same.
        var reason: String?
        var testDescription: String { behaviour }
    }

    @Test(arguments: [
        Case(behaviour: "silent", reason: "initialize did not answer"),
        Case(behaviour: "exits", reason: "exited with status 1"),
        Case(behaviour: "other-version", reason: "speaks protocol 7"),
        Case(behaviour: "other-kind", reason: "does not serve kind volume"),
        Case(behaviour: "noise", reason: nil), Case(behaviour: "two-answers", reason: nil),
        Case(behaviour: "unknown-id", reason: nil), Case(behaviour: "not-json", reason: nil),
        Case(behaviour: "wrong-type", reason: "not as declared"), Case(behaviour: "deep", reason: nil),
        Case(behaviour: "half-a-line", reason: "exited with status 3"),
        Case(behaviour: "huge-line", reason: "a message has more than 4194304 bytes"),
        Case(behaviour: "forks", reason: "exited with status 0"), Case(behaviour: "leak", reason: nil),
        Case(behaviour: "stays", reason: nil),
    ])
    func isFailedWithAReason(_ example: Case) async throws {
        let good = SupervisorFixture.Package(name: "good")
        try await SupervisorFixture.with([.init(behaviour: example.behaviour), good]) { fixture in
            let before = try #require(ProcessUsage(pid: CInt(Host.processID))).proportionalSetSize
            if let reason = example.reason {
                try await expectFailure(saying: reason, fixture)
            } else {
                try await fixture.create("a")
                try await fixture.create("a")
            }
            try await fixture.create("b", on: "good")
            let after = try #require(ProcessUsage(pid: CInt(Host.processID))).proportionalSetSize
            #expect(after - before < 64 << 20, "memory grew by \(after - before) bytes")
        }
    }

    @Test func aNegativeSizeIsRefused() async throws {
        let good = SupervisorFixture.Package(name: "good")
        try await SupervisorFixture.with([.init(behaviour: "negative-size"), good]) { fixture in
            let error = await #expect(throws: BerthError.self) {
                _ = try await fixture.supervisor.call(VolumeUsage(volume: "a"), on: "odd")
            }
            #expect(error?.message == "the answer of plugin odd to volume.usage has size -5")
            #expect(error?.plugin == "odd")
            let usage = try await fixture.supervisor.call(VolumeUsage(volume: "a"), on: "good")
            #expect(usage.size == 5)
        }
    }

    /// Made by the core in a container, it would show what the plugin itself cannot see.
    @Test(arguments: [
        ("bind /etc rbind", "/etc"), ("bind /etc/../etc rbind", "/etc/../etc"), ("none / bind", "/"),
        ("bind STATE/../other rbind", "/odd/../other"), ("bind STATE/link rbind", "/odd/link"),
        ("bind STATE/link/ssl rbind", "/odd/link/ssl"), ("overlay overlay lowerdir=STATE/a:/etc", "/etc"),
        ("overlay overlay upperdir=/etc,workdir=STATE", "/etc"), ("ext4 /dev/sda1", "ext4 of /dev/sda1"),
        ("proc proc", "proc of proc"), ("sysfs sysfs", "sysfs of sysfs"),
    ])
    func aMountOfWhatIsNotItsOwnIsRefused(_ mount: String, _ named: String) async throws {
        let words = mount.split(separator: ",").joined(separator: " ")
        try await SupervisorFixture.with([.init(behaviour: "mounts \(words)")]) { fixture in
            let error = await #expect(throws: BerthError.self) {
                _ = try await fixture.supervisor.call(VolumeMount(volume: "a", container: "c"), on: "odd")
            }
            #expect(error?.kind == .permissionDenied && error?.plugin == "odd")
            #expect(error?.message.contains("\(named), which is not its own") == true, "\(error?.message ?? "")")
            try await fixture.create("b")
        }
    }

    @Test(arguments: [
        ("bind STATE/data rbind", ""), ("tmpfs tmpfs size=1m", ""),
        ("overlay overlay lowerdir=STATE/a:STATE/b", ""), ("bind /srv/data/a rbind", #","mounts":["/srv/data"]"#),
        ("nfs host:/export", #","mounts":["/"]"#),
    ])
    func aMountOfItsOwnIsTaken(_ mount: String, _ privileges: String) async throws {
        let package = SupervisorFixture.Package(behaviour: "mounts \(mount)", privileges: privileges)
        try await SupervisorFixture.with([package]) { fixture in
            let given = try await fixture.supervisor.call(VolumeMount(volume: "a", container: "c"), on: "odd").mount
            #expect(given.type == mount.split(separator: " ").first.map(String.init))
        }
    }

    /// Calls until the reason is known: on a busy machine the first may end before the plugin has done what it does.
    private func expectFailure(saying reason: String, _ fixture: SupervisorFixture) async throws {
        var said = ""
        for _ in 0..<30 where !said.contains(reason) {
            let error = await #expect(throws: BerthError.self) {
                try await fixture.create("a", timeout: .seconds(2))
            }
            #expect(error?.plugin == "odd")
            let info = try await fixture.supervisor.inspect("odd")
            said = "\(error?.message ?? "") \(info.lastError ?? "")"
        }
        #expect(said.contains(reason), "\(said)")
    }
}
