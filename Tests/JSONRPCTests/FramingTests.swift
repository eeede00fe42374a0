import JSON
import JSONRPC
import Testing

struct FramingTests {
    @Test func aMessageSplitAtEveryByteIsOneMessage() throws {
        let bytes = Array((echoLine(1, "ünï") + "\n").utf8)
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            for cut in 0...bytes.count {
                fixture.peer.send(Array(bytes[..<cut]))
                fixture.peer.send(Array(bytes[cut...]))
                #expect(try fixture.peer.json()["result"]?["text"]?.string == "ünï")
            }
        }
    }

    @Test func aMessageThatComesByteByByteIsOneMessage() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            for byte in Array((echoLine(1) + "\n").utf8) { fixture.peer.send([byte]) }
            #expect(try fixture.peer.json()["id"]?.int == 1)
        }
    }

    @Test func manyMessagesInOneReadAreAllAnsweredInTheirOrder() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            fixture.peer.send((1...200).map { echoLine($0) + "\n" }.joined() + echoLine(201))
            for id in 1...200 { #expect(try fixture.peer.json()["id"]?.int == Int64(id)) }
            fixture.peer.send("\n")
            #expect(try fixture.peer.json()["id"]?.int == 201)
        }
    }

    @Test func emptyLinesAndCarriageReturnsAreWhiteSpace() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            fixture.peer.send("\n  \n\r\n" + echoLine(1) + "\r\n")
            #expect(try fixture.peer.json()["id"]?.int == 1)
        }
    }

    @Test(arguments: [true, false])
    func anOverlongLineClosesTheConnectionWithAReason(complete: Bool) throws {
        var limits = Limits()
        limits.messageBytes = 1000
        try Fixture.with(limits: limits, service: echoRouter()) { (fixture: Fixture) throws in
            let closed = Event<String>()
            fixture.connection.onClose { closed.send($0) }
            fixture.peer.send(echoLine(1, String(repeating: "x", count: 1000)) + (complete ? "\n" : ""))
            let complaint = try fixture.peer.json()
            #expect(complaint["id"]?.isNull == true)
            #expect(complaint["error"]?["code"]?.int == Int64(RPCError.limitExceededCode))
            #expect(fixture.peer.line() == nil)
            #expect(try closed.next() == "a message has more than 1000 bytes")
        }
    }

    @Test func aLineOfExactlyTheLimitIsTaken() throws {
        var limits = Limits()
        limits.messageBytes = 300
        try Fixture.with(limits: limits, service: echoRouter()) { (fixture: Fixture) throws in
            let padding = 300 - echoLine(1, "").utf8.count
            fixture.peer.sendLine(echoLine(1, "") + String(repeating: " ", count: padding))
            #expect(try fixture.peer.json()["id"]?.int == 1)
        }
    }

    @Test func aHundredMegabytesOfOneLineAreNotKept() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            let megabyte = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
            for _ in 0..<100 { fixture.peer.send(megabyte) }
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.limitExceededCode))
            #expect(fixture.connection.isClosed)
        }
    }

    @Test func theTapSeesBothDirections() throws {
        let lines = Event<String>()
        try Fixture.with(
            service: echoRouter(),
            tap: { direction, line in lines.send("\(direction) \(String(decoding: line, as: UTF8.self))") }
        ) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(7))
            _ = fixture.peer.line()
            #expect(try lines.next() == "received " + echoLine(7))
            #expect(try lines.next() == #"sent {"jsonrpc":"2.0","id":7,"result":{"text":"x"}}"#)
        }
    }
}
