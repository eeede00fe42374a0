import BerthAPI
import JSONRPC
import Synchronization
import Testing

@testable import BerthCLI

/// Verbs over several names.
@Suite struct VerbTests {
    /// The daemon answers none before it was asked for all, and the last first: what is printed is in the user's order.
    @Test func allAreAskedForAtOnceAndReportedInOrder() throws {
        let waiting = Shared<[(ContainerStop, RequestContext)]>([])
        let daemon = try FakeDaemon { daemon in
            daemon.router.onDeferred(ContainerStop.self) { request, context in
                let all = waiting.value.withLock { calls in
                    calls.append((request, context))
                    return calls.count == 3 ? calls : []
                }
                for (request, context) in all.reversed() {
                    if request.id == "b" {
                        context.fail(BerthError(.notFound, "no such container: b", object: "container b").rpcError)
                    } else {
                        context.respond(Empty())
                    }
                }
            }
        }
        let run = try CommandRun.run(["stop", "a", "b", "c"], host: daemon.path)
        #expect(run.output == "a\nc\n")
        #expect(run.error == "Error response from daemon: no such container: b\n")
        #expect(run.status == 1)
        try daemon.stop()
    }

    @Test func forceMakesWhatIsNotThereNoFailure() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerRemove.self) { request, _ in
                guard request.id == "a" else { throw BerthError(.notFound, "no such container: \(request.id)") }
                return Empty()
            }
        }
        let forced = try CommandRun.run(["rm", "-f", "a", "b"], host: daemon.path)
        #expect(forced.output == "a\n" && forced.status == 0 && forced.error.contains("no such container: b"))
        let plain = try CommandRun.run(["container", "rm", "b", "a"], host: daemon.path)
        #expect(plain.output == "a\n" && plain.status == 1)
        try daemon.stop()
    }

    /// More names than calls at a time.
    @Test func manyNames() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerKill.self) { _, _ in Empty() }
        }
        let names = (0..<100).map { "c\($0)" }
        let run = try CommandRun.run(["kill", "-s", "RTMIN+3"] + names, host: daemon.path)
        #expect(run.output == names.map { $0 + "\n" }.joined())
        #expect(daemon.calls.count == 100)
        try daemon.stop()
    }
}
