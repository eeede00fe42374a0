import JSON
import JSONRPC
import LinuxSystem
import Testing

struct CallTests {
    private func answer(_ id: Int64, _ text: String) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"result":{"text":"\#(text)"}}"#
    }

    private func call(_ fixture: Fixture, _ text: String, timeout: Duration = .seconds(20)) -> Event<String> {
        let outcome = Event<String>()
        fixture.connection.call(Echo(text: text), timeout: timeout) { result in
            switch result {
            case .success(let reply): outcome.send(reply.result.text)
            case .failure(let error): outcome.send("error \(error.code)")
            }
        }
        return outcome
    }

    @Test func answersComeInAnyOrder() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let first = call(fixture, "a")
            let second = call(fixture, "b")
            let ids = try [fixture.peer.json(), fixture.peer.json()].map { try #require($0["id"]?.int) }
            fixture.peer.sendLine(answer(ids[1], "for b") + "\n" + answer(ids[0], "for a"))
            #expect(try second.next() == "for b")
            #expect(try first.next() == "for a")
        }
    }

    @Test func aRequestSaysItsDeadlineAndParameters() throws {
        try Fixture.with { (fixture: Fixture) throws in
            _ = call(fixture, "a", timeout: .seconds(3))
            let request = try fixture.peer.json()
            #expect(request["method"]?.string == "test.echo")
            #expect(request["params"]?["text"]?.string == "a")
            #expect(request["timeout"]?.int == 3000)
            #expect(request["progress"] == nil && request["descriptors"] == nil)
        }
    }

    @Test func unknownAndRepeatedAnswersAreIgnored() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let first = call(fixture, "a")
            let id = try #require(try fixture.peer.json()["id"]?.int)
            fixture.peer.sendLine(answer(999, "?"))
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":"x","result":{}}"#)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"?"}}"#)
            fixture.peer.sendLine(answer(id, "one") + "\n" + answer(id, "two"))
            #expect(try first.next() == "one")
            let second = call(fixture, "b")
            fixture.peer.sendLine(answer(try #require(try fixture.peer.json()["id"]?.int), "three"))
            #expect(try second.next() == "three")
            #expect(first.count == 0)
        }
    }

    @Test func errorsOfThePeerReachTheCaller() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let errors = Event<RPCError?>()
            for error in [#"{"code":-7,"message":"no","data":{"a":1}}"#, #""just text""#] {
                fixture.connection.call(Echo(text: ""), timeout: .seconds(20)) { result in
                    if case .failure(let error) = result { errors.send(error) } else { errors.send(nil) }
                }
                let id = try #require(try fixture.peer.json()["id"]?.int)
                fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":\#(id),"error":\#(error)}"#)
            }
            let (first, second) = (try errors.next(), try errors.next())
            #expect(first?.code == -7 && first?.data?["a"]?.int == 1)
            #expect(second?.message == "just text")
        }
    }

    @Test func anAnswerThatIsNotAsDeclaredFailsTheCall() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let outcome = call(fixture, "a")
            _ = fixture.peer.line()
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":1,"result":{"text":[]}}"#)
            #expect(try outcome.next() == "error \(RPCError.internalErrorCode)")
        }
    }

    @Test func aMissedDeadlineFailsTheCallAndTellsThePeer() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let patient = call(fixture, "b")
            let outcome = call(fixture, "a", timeout: .milliseconds(30))
            _ = fixture.peer.line()
            let id = try fixture.peer.json()["id"]
            #expect(try outcome.next() == "error \(RPCError.deadlineExceededCode)")
            let cancel = try fixture.peer.json()
            #expect(cancel["method"]?.string == "$/cancel" && cancel["params"]?["id"] == id)
            fixture.peer.sendLine(answer(2, "late") + "\n" + answer(1, "in time"))
            #expect(try patient.next() == "in time")
            #expect(outcome.count == 0)
        }
    }

    @Test func cancellingACallFailsItAndTellsThePeer() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let codes = Event<Int>()
            let id = fixture.connection.call(Echo(text: ""), timeout: .seconds(20)) { result in
                if case .failure(let error) = result { codes.send(error.code) }
            }
            _ = fixture.peer.line()
            fixture.connection.cancel(try #require(id))
            fixture.connection.cancel(try #require(id))
            #expect(try codes.next() == RPCError.requestCancelledCode)
            #expect(try fixture.peer.json()["method"]?.string == "$/cancel")
            #expect(codes.count == 0)
        }
    }

    @Test func progressGoesToItsCall() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let (progress, done) = (Event<Int64?>(), Event<Bool>())
            fixture.connection.call(
                Echo(text: ""), timeout: .seconds(20), onProgress: { progress.send($0["percent"]?.int) }
            ) { _ in done.send(true) }
            let token = try #require(try fixture.peer.json()["progress"]?.int)
            for percent in [10, 90] {
                let params = #"{"token":\#(token),"value":{"percent":\#(percent)}}"#
                fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"$/progress","params":\#(params)}"#)
            }
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"$/progress","params":{"token":99,"value":1}}"#)
            fixture.peer.sendLine(answer(token, ""))
            #expect(try done.next())
            #expect(try progress.next() == 10 && progress.next() == 90)
            #expect(progress.count == 0)
        }
    }

    @Test func closingFailsTheCallsThatWait() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let outcomes = [call(fixture, "a"), call(fixture, "b")]
            fixture.connection.close(reason: "enough")
            for outcome in outcomes { #expect(try outcome.next() == "error \(RPCError.connectionClosedCode)") }
            #expect(try call(fixture, "c").next() == "error \(RPCError.connectionClosedCode)")
        }
    }

    @Test(arguments: [true, false])
    func thePeersEndFailsTheCallsThatWait(half: Bool) throws {
        try Fixture.with { (fixture: Fixture) throws in
            let outcome = call(fixture, "a")
            _ = fixture.peer.line()
            if half { fixture.peer.shutdownWriting() } else { fixture.peer.close() }
            #expect(try outcome.next() == "error \(RPCError.connectionClosedCode)")
        }
    }

    @Test func requestsBeyondTheLimitsFailHere() throws {
        var limits = Limits()
        limits.messageBytes = 300
        limits.pendingCalls = 1
        try Fixture.with(limits: limits) { (fixture: Fixture) throws in
            let large = call(fixture, String(repeating: "x", count: 300))
            #expect(try large.next() == "error \(RPCError.limitExceededCode)")
            _ = call(fixture, "waits")
            #expect(try call(fixture, "b").next() == "error \(RPCError.busyCode)")
        }
    }

    @Test func aThreadWaitsForItsAnswer() throws {
        try Fixture.with { (fixture: Fixture) throws in
            try Thread.spawn(name: "answers") {
                guard let line = fixture.peer.line(), let id = (try? JSON(parsing: line))?["id"]?.int else { return }
                fixture.peer.sendLine(self.answer(id, "blocking"))
            }
            let reply = try fixture.connection.callBlocking(Echo(text: ""), timeout: .seconds(20))
            #expect(reply.result.text == "blocking")
            #expect(throws: RPCError.self) {
                try fixture.connection.callBlocking(Echo(text: ""), timeout: .milliseconds(10))
            }
        }
    }

    @Test func aProgramWithOneThreadWaitsForItsAnswer() throws {
        let loop = try EventLoop()
        let connections = try UnixSocket.pair().take { first, second in
            (
                try Connection(socket: first, loop: loop),
                try Connection(socket: second, loop: loop, service: echoRouter())
            )
        }
        let answer = try connections.0.callAndWait(Echo(text: "one thread"), timeout: .seconds(20))
        #expect(answer.result.text == "one thread")
        connections.1.close()
        #expect(throws: RPCError.self) { try connections.0.callAndWait(Echo(text: ""), timeout: .seconds(20)) }
    }

    @Test func aHandlerCannotWaitForItsOwnConnection() throws {
        let router = Router()
        router.on(Echo.self) { params, context in
            try context.connection.callAndWait(params, timeout: .seconds(20)).result
        }
        router.on(Slow.self) { _, context in
            try context.connection.callBlocking(Echo(text: ""), timeout: .seconds(20)).result
        }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.internalErrorCode))
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":2,"method":"test.slow","params":{"number":1}}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.internalErrorCode))
        }
    }
}
