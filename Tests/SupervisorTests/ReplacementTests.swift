import BerthAPI
import LinuxSystem
import Synchronization
import Testing

@testable import Supervisor

/// Another process takes over while others call.
struct ReplacementTests {
    typealias Package = SupervisorFixture.Package

    /// Calls at a steady rate from several tasks while `body` runs.
    ///
    /// - Returns: calls made, and the errors.
    private func underLoad(
        _ fixture: SupervisorFixture, _ body: (Load) async throws -> Void
    ) async throws -> (calls: Int, errors: [String]) {
        let load = Load()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<8 { group.addTask { await load.run { try await fixture.create("v\(caller)") } } }
            try await body(load)
            load.end()
            try await group.waitForAll()
        }
        return load.tally
    }

    @Test func upgradesRestartsAndRollsBackWithoutAFailedCall() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.create("first")
            let next = try fixture.package(Package(version: "1.1.0"))
            let (calls, errors) = try await underLoad(fixture) { load in
                #expect(try await fixture.upgrade(to: next).version == "1.1.0")
                try await fixture.supervisor.restart("odd")
                #expect(try await fixture.supervisor.rollback("odd").version == "1.0.0")
                #expect(try await fixture.supervisor.rollback("odd").version == "1.1.0")
                // One replacement after another until enough calls have met one.
                while load.tally.calls < 500 { try await fixture.supervisor.restart("odd") }
            }
            #expect(errors.isEmpty, "\(errors.prefix(3))")
            #expect(calls >= 500)
            #expect(try await fixture.supervisor.inspect("odd").restarts == 0)
        }
    }

    @Test func aSuccessorThatFailsChangesNothing() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.create("first")
            let broken = try ["exits", "other-kind", "fail-on-real-state"].map { behaviour in
                try fixture.package(Package(version: "2.0.0", behaviour: behaviour))
            }
            let (_, errors) = try await underLoad(fixture) { _ in
                for folder in broken {
                    await #expect(throws: BerthError.self) { _ = try await fixture.upgrade(to: folder) }
                }
            }
            #expect(errors.isEmpty, "\(errors.prefix(3))")
            let info = try await fixture.supervisor.inspect("odd")
            #expect(info.version == "1.0.0" && info.previous == nil && info.digest == nil)
        }
    }

    @Test func looksAtStateFormatsBothWays() async throws {
        try await SupervisorFixture.with([Package(stateVersion: 2, reads: 1)]) { fixture in
            try await fixture.create("first")
            #expect(try await fixture.supervisor.inspect("odd").stateVersion == 2)
            let older = try fixture.package(Package(version: "0.9.0"))
            let error = await #expect(throws: BerthError.self) { _ = try await fixture.upgrade(to: older) }
            #expect(error?.message.contains("reads state of format 1 to 1, what is there has format 2") == true)
            let newer = try fixture.package(Package(version: "3.0.0", stateVersion: 3, reads: 2))
            #expect(try await fixture.upgrade(to: newer).stateVersion == 3)
            let back = await #expect(throws: BerthError.self) { _ = try await fixture.supervisor.rollback("odd") }
            #expect(back?.message.contains("what is there has format 3") == true)
        }
    }

    /// What the process says decides about rollbacks: it has to be what its manifest promised.
    @Test func refusesAStateFormatThatTheManifestDoesNotName() async throws {
        try await SupervisorFixture.with([Package(stateVersion: 2, reads: 2)]) { fixture in
            let folder = "\(fixture.folder)/plugins/odd"
            for version in [1, 3] {
                try writeFile("\(folder)/state-version", Array("\(version)".utf8))
                let told = "writes state of format \(version), its manifest says 2 to 2"
                while try await fixture.supervisor.inspect("odd").lastError?.contains(told) != true {
                    await #expect(throws: BerthError.self) {
                        try await fixture.create("a", timeout: .milliseconds(500))
                    }
                }
                #expect(try await fixture.supervisor.inspect("odd").stateVersion == nil)
            }
            try writeFile("\(folder)/state-version", Array("2".utf8))
            try await fixture.create("a")
        }
    }

    @Test func aDrainedPluginLetsCallsWait() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.create("first")
            try await fixture.supervisor.hold(PluginHold(name: "odd"))
            #expect(try await fixture.supervisor.inspect("odd").state == .drained)
            let error = await #expect(throws: BerthError.self) {
                try await fixture.create("late", timeout: .milliseconds(50))
            }
            #expect(error?.kind == .unavailable)
            async let waiting: Void = fixture.create("waits")
            try await fixture.supervisor.enable("odd")
            try await waiting
        }
    }

    /// CVE-2026-33997: privileges are compared as sets, exactly.
    @Test func takesExactlyThePrivilegesThatWereGranted() async throws {
        try await SupervisorFixture.with { fixture in
            let folder = try fixture.package(
                Package(name: "more", capabilities: ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"]))
            let asked = try await fixture.supervisor.examine(folder: folder).manifest.privileges
            let source = PluginSource(kind: .folder, location: folder)
            for granted in [[], ["CAP_NET_ADMIN"], ["CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_MKNOD"], ["CAP_SYS_ADMI"]] {
                var privileges = asked
                privileges.capabilities = granted
                let error = await #expect(throws: BerthError.self) {
                    _ = try await fixture.supervisor.install(
                        PluginInstall(source: source, granted: privileges), folder: folder)
                }
                #expect(error?.kind == .permissionDenied)
            }
            var same = asked
            same.capabilities.reverse()
            let info = try await fixture.supervisor.install(
                PluginInstall(source: source, granted: same), folder: folder)
            #expect(info.name == "more")
        }
    }

    @Test func noticesFilesThatWereReplacedOnDisk() async throws {
        try await SupervisorFixture.with { fixture in
            try await fixture.create("first")
            try Package(version: "6.6.6").write(to: "\(fixture.folder)/plugins/odd")
            // What runs, runs on; what would be started is not what was looked at.
            try await fixture.create("second")
            let error = await #expect(throws: BerthError.self) { try await fixture.supervisor.restart("odd") }
            #expect(error?.message.contains("replaced on disk") == true, "\(error?.message ?? "")")
            try await fixture.create("third")
            let privileges = try fixture.supervisor.examine(package: "odd").manifest.privileges
            let info = try await fixture.supervisor.upgrade(
                PluginUpgrade(name: "odd", granted: privileges), folder: nil)
            #expect(info.version == "6.6.6")
        }
    }
}

/// Calls again and again until it is ended.
private final class Load: Sendable {
    private let state = Mutex((calls: 0, errors: [String](), isOver: false))

    var tally: (calls: Int, errors: [String]) { state.withLock { ($0.calls, $0.errors) } }

    func end() { state.withLock { $0.isOver = true } }

    func run(_ call: @Sendable () async throws -> Void) async {
        while !state.withLock({ $0.isOver }) {
            do {
                try await call()
                state.withLock { $0.calls += 1 }
            } catch {
                state.withLock { $0.errors.append("\(error)") }
            }
        }
    }
}
