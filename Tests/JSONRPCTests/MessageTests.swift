import JSON
import Testing

@testable import JSONRPC

struct MessageTests {
    @Test(arguments: [
        ("{", RPCError.parseErrorCode), ("nonsense", RPCError.parseErrorCode), ("{\"a\":}", RPCError.parseErrorCode),
        ("\u{1}[", RPCError.parseErrorCode),
        (#"{"jsonrpc":"2.0","id":1,"id":2,"method":"a"}"#, RPCError.parseErrorCode),
        (#"{"jsonrpc":"2.0","method":"test.echo","params":{"text":"x"},"id":1]"#, RPCError.parseErrorCode),
        (#"{"jsonrpc":"2.0","method":"test.echo","params":[},"id":1}"#, RPCError.parseErrorCode),
        ("3", RPCError.invalidRequestCode), ("{}", RPCError.invalidRequestCode), ("null", RPCError.invalidRequestCode),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, RPCError.invalidRequestCode),
        (#"{"id":1,"method":"a"}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1,"method":7}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":3}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","timeout":-1}"#, RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","descriptors":17}"#, RPCError.invalidRequestCode),
        ("[]", RPCError.invalidRequestCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"nope"}"#, RPCError.methodNotFoundCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"test.echo","params":[1]}"#, RPCError.invalidParamsCode),
        (#"{"jsonrpc":"2.0","id":1,"method":"test.echo"}"#, RPCError.invalidParamsCode),
    ])
    func aBadMessageIsAnsweredAndTheConnectionLives(text: String, code: Int) throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            fixture.peer.sendLine(text)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(code))
            fixture.peer.sendLine(echoLine(2))
            #expect(try fixture.peer.json()["id"]?.int == 2)
        }
    }

    @Test func parametersThatDoNotFitNameTheMember() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":"é\n","method":"test.echo","params":{"text":3}}"#)
            let answer = try fixture.peer.json()
            #expect(answer["id"]?.string == "é\n")
            #expect(answer["error"]?["message"]?.string?.contains("text") == true)
        }
    }

    @Test func nestingIsBounded() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            for opening in ["[", #"{"a":"#, #"{"jsonrpc":"2.0","id":1,"method":"test.echo","params":{"text":"#] {
                fixture.peer.sendLine(String(repeating: opening, count: 50_000))
                #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.parseErrorCode))
            }
            let (open, shut) = (String(repeating: "[", count: 63), String(repeating: "]", count: 63))
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":1,"method":"test.echo","params":\#(open)\#(shut)}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.invalidParamsCode))
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":1,"method":"test.echo","params":[\#(open)\#(shut)]}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.parseErrorCode))
        }
    }

    @Test func aRequestWithTheIdOfOneInWorkIsRefused() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let first = try holder.requests.next()
            fixture.peer.sendLine(echoLine(1))
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.invalidRequestCode))
            first.respond(Empty())
            #expect(try fixture.peer.json()["result"] != nil)
        }
    }

    @Test func errorsOfHandlersReachTheCallerWithTheirData() throws {
        struct Failure: Error {}
        let router = Router(errorMapper: { _ in RPCError(code: -5, message: "mapped", data: ["kind": "x"]) })
        router.on(Echo.self) { _, _ in throw Failure() }
        router.on(Slow.self) { _, _ in throw RPCError(code: -6, message: "\"as\u{1} it is") }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let mapped = try fixture.peer.json()["error"]
            #expect(mapped?["code"]?.int == -5)
            #expect(mapped?["data"]?["kind"]?.string == "x")
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":2,"method":"test.slow","params":{"number":1}}"#)
            #expect(try fixture.peer.json()["error"]?["message"]?.string == "\"as\u{1} it is")
        }
    }

    @Test func anAnswerBeyondTheLimitBecomesAnError() throws {
        var limits = Limits()
        limits.messageBytes = 500
        let router = Router()
        router.on(Slow.self) { _, _ in Echo(text: String(repeating: "x", count: 500)) }
        try Fixture.with(limits: limits, service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":2,"method":"test.slow","params":{"number":1}}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.limitExceededCode))
        }
    }

    /// The scanner may give up, but what it reads must be what the parser reads: on good messages and on all that one
    /// changed, removed or doubled byte makes of them.
    @Test func theScannerNeverDisagreesWithTheParser() {
        let seeds = [
            #"{"jsonrpc":"2.0","id":12,"method":"a.b","params":{"x":[1,{"y":"}"}]},"timeout":30,"progress":4,"descriptors":2}"#,
            #"{"jsonrpc":"2.0","method":"a","params":{}}"#, #"{ "jsonrpc" : "2.0", "id":"x" , "result" : [ "]" ] }"#,
            #"{"jsonrpc":"2.0","id":0,"result":{},"descriptors":1}"#,
        ].map { Array($0.utf8) }
        let bytes = Array(#"{}[]",:\0123 ax-.é"#.utf8) + [0, 0x7f, 0x80, 0xff]
        var scanned = 0
        for seed in seeds {
            for index in seed.indices {
                var variants = [seed[..<index] + seed[(index + 1)...], seed[...index] + seed[index...]]
                for byte in bytes { variants.append(seed[..<index] + [byte] + seed[(index + 1)...]) }
                for variant in variants where agrees(Array(variant)) { scanned += 1 }
            }
        }
        #expect(scanned > 300)
    }

    /// - Returns: whether the scanner has read it.
    private func agrees(_ text: [UInt8]) -> Bool {
        guard let quick = text.withUnsafeBytes({ EnvelopeScanner.scan($0, maximumDepth: 8) }) else { return false }
        guard let tree = try? JSON(parsing: text, maximumDepth: 8) else {
            Issue.record("the parser refuses \(String(decoding: text, as: UTF8.self))")
            return true
        }
        #expect(describe(quick) == describe(Message(tree)), "\(String(decoding: text, as: UTF8.self))")
        return true
    }

    private func describe(_ message: Message) -> String {
        switch message {
        case .request(let call, let id): "request \(id) \(describe(call))"
        case .notification(let call): "notification \(describe(call))"
        case .response(let id, .success(let value), let count): "response \(id) \(value) \(count)"
        default: "\(message)"
        }
    }

    private func describe(_ call: Message.Call) -> String {
        let values = [call.params, call.progress].map { $0?.description ?? "nil" }
        return "\(call.method) \(values) \(call.timeout ?? -1) \(call.descriptors)"
    }
}
