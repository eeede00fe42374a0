import BerthAPI
import LinuxSystem
import Testing

@testable import Supervisor

/// What the wire meets in test mode, and what the core makes of it.
struct WireFaultTests {
    private func with(
        _ change: (inout PluginFault) -> Void, _ body: (SupervisorFixture) async throws -> Void
    ) async throws {
        var fault = PluginFault()
        change(&fault)
        try await SupervisorFixture.with(configure: { $0.testMode = true }) { fixture in
            // The process is there, and has shaken hands, before anything is disturbed.
            try await fixture.create("first")
            try fixture.supervisor.setFault(PluginSetFault(name: "odd", fault: fault))
            try await body(fixture)
            try fixture.supervisor.setFault(PluginSetFault(name: "odd", fault: nil))
            try await fixture.create("last")
        }
    }

    @Test(arguments: [false, true]) func aLostMessageFailsItsCallAlone(_ answers: Bool) async throws {
        try await with {
            ($0.dropEvery, $0.answers) = (2, answers)
        } _: { fixture in
            let pid = try await fixture.supervisor.inspect("odd").pid
            try await fixture.create("a")
            let error = await #expect(throws: BerthError.self) {
                try await fixture.create("b", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .deadlineExceeded && error?.plugin == "odd", "\(error?.message ?? "")")
            try await fixture.create("c")
            #expect(try await fixture.supervisor.inspect("odd").pid == pid)
        }
    }

    @Test func aCorruptedAnswerIsRefusedAndTheConnectionLives() async throws {
        try await with {
            ($0.corruptEvery, $0.answers) = (2, true)
        } _: { fixture in
            let pid = try await fixture.supervisor.inspect("odd").pid
            try await fixture.create("a")
            let error = await #expect(throws: BerthError.self) {
                try await fixture.create("b", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .deadlineExceeded, "\(error?.message ?? "")")
            try await fixture.create("c")
            #expect(try await fixture.supervisor.inspect("odd").pid == pid)
        }
    }

    @Test(arguments: [false, true]) func aCutWireReplacesTheProcessAndRepeatsTheCall(_ answers: Bool) async throws {
        try await with {
            ($0.cutEvery, $0.answers) = (2, answers)
        } _: { fixture in
            let pid = try await fixture.supervisor.inspect("odd").pid
            for name in ["a", "b"] { try await fixture.create(name) }
            #expect(try await fixture.supervisor.inspect("odd").pid != pid)
        }
    }

    @Test(arguments: [false, true]) func whatArrivesTwiceCountsOnce(_ answers: Bool) async throws {
        try await with {
            ($0.duplicateEvery, $0.answers) = (1, answers)
        } _: { fixture in
            let pid = try await fixture.supervisor.inspect("odd").pid
            for name in ["a", "b", "c"] { try await fixture.create(name) }
            #expect(try await fixture.supervisor.inspect("odd").pid == pid)
        }
    }

    @Test func onlyTheMethodThatIsNamedIsDisturbed() async throws {
        try await with {
            ($0.dropEvery, $0.method) = (1, VolumeDriverList.name)
        } _: { fixture in
            try await fixture.create("a")
            let error = await #expect(throws: BerthError.self) {
                _ = try await fixture.supervisor.call(VolumeDriverList(), on: "odd", timeout: .milliseconds(200))
            }
            #expect(error?.kind == .deadlineExceeded)
        }
    }
}
