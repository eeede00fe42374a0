import BerthAPI
import LinuxSystem
import Testing

@testable import Supervisor

/// What becomes of calls while a plugin crashes in a loop. That a call does not wait is seen by its deadline, which is
/// an hour away: one that waited would not come back.
struct FailurePolicyTests {
    private static let hour = Duration.seconds(3600)

    /// A plugin that exits at once, with its breaker open.
    private func withDegraded(_ policy: String, _ body: (SupervisorFixture) async throws -> Void) async throws {
        try await SupervisorFixture.with([.init(behaviour: "exits", failurePolicy: policy)]) { fixture in
            while try await fixture.supervisor.inspect("odd").state != .degraded {
                let error = await #expect(throws: BerthError.self) {
                    try await fixture.create("a", timeout: .milliseconds(50))
                }
                #expect(error?.kind == .unavailable)
            }
            try await body(fixture)
        }
    }

    @Test func failDoesNotWait() async throws {
        try await withDegraded("fail") { fixture in
            let error = await #expect(throws: BerthError.self) { try await fixture.create("a", timeout: Self.hour) }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("is degraded: it exited with status 1") == true, "\(error?.message ?? "")")
        }
    }

    @Test func skipAnswersWhatCanBeDoneWithoutAndFailsTheRest() async throws {
        try await withDegraded("skip") { fixture in
            _ = try await fixture.supervisor.call(LogClose(container: "c"), on: "odd", timeout: Self.hour)
            let opened = try await fixture.supervisor.call(LogOpen(container: "c"), on: "odd", timeout: Self.hour)
            #expect(opened.path == nil)
            let error = await #expect(throws: BerthError.self) { try await fixture.create("a", timeout: Self.hour) }
            #expect(error?.message.contains("is degraded") == true, "\(error?.message ?? "")")
        }
    }

    @Test func queueWaitsForAWorkingProcess() async throws {
        try await withDegraded("queue") { fixture in
            let error = await #expect(throws: BerthError.self) {
                try await fixture.create("a", timeout: .milliseconds(50))
            }
            #expect(error?.kind == .unavailable)
            #expect(error?.message.contains("is being restarted: it exited with status 1") == true)
            try writeFile("\(fixture.folder)/plugins/odd/behaviour", [])
            try await fixture.create("a", timeout: Self.hour)
        }
    }
}
