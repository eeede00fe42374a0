import JSON
import JSONRPC
import Testing

struct BatchTests {
    @Test func theAnswersOfABatchComeAsOneMessage() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            let hint = #"{"jsonrpc":"2.0","method":"test.hint"}"#
            fixture.peer.sendLine("[\(echoLine(1)),\(hint),7,\(echoLine(2))]")
            let answers = try #require(try fixture.peer.json().array)
            #expect(answers.compactMap { $0["id"]?.int } == [1, 2])
            #expect(answers.compactMap { $0["error"]?["code"]?.int } == [Int64(RPCError.invalidRequestCode)])
        }
    }

    @Test func aBatchIsAnsweredWhenItsLastRequestIs() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine("[\(echoLine(1)),\(echoLine(2))]")
            let (first, second) = (try holder.requests.next(), try holder.requests.next())
            second.respond(Echo(text: "second"))
            first.fail(.busy("later"))
            let answers = try #require(try fixture.peer.json().array)
            #expect(answers.map { $0["id"]?.int } == [2, 1])
        }
    }

    @Test func aBatchOfNotificationsIsNotAnswered() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            let hint = #"{"jsonrpc":"2.0","method":"test.hint","params":{"text":"x"}}"#
            fixture.peer.sendLine("[\(hint),\(hint)]")
            _ = try (holder.notifications.next(), holder.notifications.next())
            fixture.peer.sendLine(echoLine(9))
            try holder.requests.next().respond(Empty())
            #expect(try fixture.peer.json()["id"]?.int == 9)
        }
    }

    @Test func aBatchBeyondTheLimitIsRefusedWhole() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            let lines = (1...65).map { echoLine($0) }.joined(separator: ",")
            fixture.peer.sendLine("[\(lines)]")
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.limitExceededCode))
            #expect(holder.requests.count == 0)
        }
    }

    @Test func answersOfABatchThatDoNotFitTogetherBecomeErrors() throws {
        var limits = Limits()
        limits.messageBytes = 10_000
        let router = Router()
        router.on(Slow.self) { _, _ in Echo(text: String(repeating: "x", count: 4000)) }
        try Fixture.with(limits: limits, service: router) { (fixture: Fixture) throws in
            let line = { (id: Int) in #"{"jsonrpc":"2.0","id":\#(id),"method":"test.slow","params":{"number":1}}"# }
            fixture.peer.sendLine("[\((1...4).map(line).joined(separator: ","))]")
            let text = try #require(fixture.peer.line())
            #expect(text.utf8.count <= 10_000)
            let answers = try #require(try JSON(parsing: text).array)
            #expect(answers.count == 4)
            #expect((1..<4).contains(answers.count { $0["result"] != nil }))
        }
    }

    @Test func answersToOurCallsMayComeAsABatch() throws {
        let results = Event<String>()
        try Fixture.with { (fixture: Fixture) throws in
            for _ in 1...2 {
                fixture.connection.call(Echo(text: "q"), timeout: .seconds(20)) { result in
                    results.send((try? result.get().result.text) ?? "failed")
                }
                _ = fixture.peer.line()
            }
            let answer = { (id: Int) in #"{"jsonrpc":"2.0","id":\#(id),"result":{"text":"\#(id)"}}"# }
            fixture.peer.sendLine("[\(answer(2)),\(answer(1))]")
            #expect(try results.next() == "2")
            #expect(try results.next() == "1")
        }
    }
}
