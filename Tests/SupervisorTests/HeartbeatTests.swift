import LinuxSystem
import Testing

@testable import Supervisor

/// An idle process is pinged in an hour: a test that waited for that would not come back.
struct HeartbeatTests {
    private func with(_ body: (Heartbeat) async throws -> Void) async throws {
        let loop = try EventLoop()
        try Thread.spawn(name: "test-loop", stackSize: 1 << 20) { loop.run() }
        defer { loop.stop() }
        let heartbeat = Heartbeat(loop: loop, working: .milliseconds(1), idle: .seconds(3600))
        // The start counts as work.
        await heartbeat.next(isIdle: true)
        try await body(heartbeat)
    }

    @Test func comesSoonWhileTheProcessWorksWithoutCalls() async throws {
        try await with { heartbeat in for _ in 0..<5 { await heartbeat.next(isIdle: false) } }
    }

    @Test func comesSoonAfterACallAndWhileOneRuns() async throws {
        try await with { heartbeat in
            await heartbeat.during {}
            await heartbeat.next(isIdle: true)
            await heartbeat.during { for _ in 0..<5 { await heartbeat.next(isIdle: true) } }
        }
    }

    @Test func comesSoonWhenACallEndsTheSilence() async throws {
        try await with { heartbeat in
            let beat = Task { await heartbeat.next(isIdle: true) }
            while !heartbeat.isAwaited { await Task.yield() }
            await heartbeat.during { await beat.value }
        }
    }

    @Test func comesWhenTheProcessEnds() async throws {
        try await with { heartbeat in
            async let beat: Void = heartbeat.next(isIdle: true)
            while !heartbeat.isAwaited { await Task.yield() }
            heartbeat.end()
            await beat
        }
    }
}
