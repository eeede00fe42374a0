import JSON
import JSONRPC
import LinuxSystem
import Testing

struct AsyncTests {
    /// Ends when its task is cancelled, and says so.
    private func sleeper(_ started: Event<Bool>, _ cancelled: Event<Bool>) -> Router {
        let router = Router()
        router.onAsync(Slow.self) { _, _ in
            started.send(true)
            let (stream, continuation) = AsyncStream<Never>.makeStream()
            await withTaskCancellationHandler {
                for await _ in stream {}
            } onCancel: {
                continuation.finish()
            }
            cancelled.send(true)
            throw CancellationError()
        }
        router.onAsync(Echo.self) { params, _ in
            await Task.yield()
            return params
        }
        return router
    }

    private func line(_ id: Int, _ more: String = "") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"test.slow","params":{"number":1}\#(more)}"#
    }

    /// Runs what blocks on a thread of its own: the tasks under test need those that tests run on.
    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            do {
                try Thread.spawn(name: "test") { continuation.resume(with: Swift.Result(catching: body)) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    @Test func tasksAnswerAndAreCancelledByTheCallerItsDeadlineAndItsEnd() async throws {
        try await onThread { try self.checkTasks() }
    }

    private func checkTasks() throws {
        let (started, cancelled) = (Event<Bool>(), Event<Bool>())
        try Fixture.with(service: sleeper(started, cancelled)) { (fixture: Fixture) throws in
            fixture.peer.sendLine(line(1))
            _ = try started.next()
            fixture.peer.sendLine(echoLine(2))
            #expect(try fixture.peer.json()["id"]?.int == 2)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":1}}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.requestCancelledCode))
            #expect(try cancelled.next())
            fixture.peer.sendLine(line(3, #","timeout":20"#))
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.deadlineExceededCode))
            #expect(try cancelled.next())
            fixture.peer.sendLine(line(4))
            fixture.peer.close()
            #expect(try cancelled.next())
        }
    }

    @Test func callsCanBeAwaitedAndEndWithTheirTask() async throws {
        let loop = try EventLoop()
        try Thread.spawn(name: "test loop") { loop.run() }
        let (started, cancelled) = (Event<Bool>(), Event<Bool>())
        let router = sleeper(started, cancelled)
        let client = try UnixSocket.pair().take { first, second in
            _ = try Connection(socket: second, loop: loop, service: router)
            return try Connection(socket: first, loop: loop)
        }
        #expect(try await client.call(Echo(text: "awaited"), timeout: .seconds(20)).text == "awaited")
        let waiting = Task { try await client.call(Slow(), timeout: .seconds(20)) }
        _ = try await onThread { try started.next() }
        waiting.cancel()
        await #expect(throws: RPCError.self) { try await waiting.value }
        client.close()
        loop.stop()
        await #expect(throws: RPCError.self) { try await client.call(Echo(text: ""), timeout: .seconds(20)) }
    }
}
