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
