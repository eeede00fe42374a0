import JSON
import JSONRPC
import LinuxSystem
import Testing

/// What happens when one side is faster than the other.
struct FlowTests {
    @Test func readingStopsAtTheLimitOfPendingRequestsAndGoesOn() throws {
        var limits = Limits()
        limits.pendingRequests = 4
        let holder = Holder()
        try Fixture.with(limits: limits, service: holder) { (fixture: Fixture) throws in
            fixture.peer.send((1...20).map { echoLine($0) + "\n" }.joined())
            for round in 0..<5 {
                let requests = try (0..<4).map { _ in try holder.requests.next() }
                #expect(fixture.connection.pendingRequests == 4 && holder.requests.count == 0)
                for request in requests { request.respond(Echo(text: "")) }
                for _ in 0..<4 { #expect(try fixture.peer.json()["result"] != nil) }
                #expect(round < 4 || fixture.connection.pendingRequests == 0)
            }
        }
    }

    @Test func requestsThatWaitForLongDoNotHoldUpTheOthers() throws {
        var limits = Limits()
        limits.pendingRequests = 4
        let holder = Holder()
        try Fixture.with(limits: limits, service: holder) { (fixture: Fixture) throws in
            fixture.peer.send((1...20).map { echoLine($0) + "\n" }.joined())
            // Three are never answered; the rest pass one by one.
            for _ in 0..<3 { _ = try holder.requests.next() }
            for id in 4...20 {
                try holder.requests.next().respond(Echo(text: ""))
                #expect(try fixture.peer.json()["id"]?.int == Int64(id))
            }
        }
    }

    @Test func aPeerThatEndsWhileReadingIsStoppedIsNoticed() throws {
        var limits = Limits()
        limits.pendingRequests = 1
        let holder = Holder()
        try Fixture.with(limits: limits, service: holder) { (fixture: Fixture) throws in
            fixture.peer.send(echoLine(1) + "\n" + echoLine(2) + "\n")
            let request = try holder.requests.next()
            let closed = Event<String>()
            fixture.connection.onClose { closed.send($0) }
            fixture.peer.close()
            _ = try closed.next()
            #expect(request.isCancelled)
        }
    }

    @Test func whatThePeerDoesNotReadIsBoundedAndDroppedNotificationsAreCounted() throws {
        var limits = Limits()
        limits.outgoingBytes = 1 << 20
        try Fixture.with(limits: limits, service: echoRouter()) { (fixture: Fixture) throws in
            let text = String(repeating: "x", count: 10_000)
            var sent = 0
            for _ in 0..<1000 where fixture.connection.notify(Hint(text: text)) { sent += 1 }
            let dropped = fixture.connection.droppedNotifications
            #expect(sent + dropped == 1000)
            // The queue, and what the kernel keeps.
            #expect(dropped > 500)
            for _ in 0..<sent { #expect(try fixture.peer.json()["method"]?.string == "test.hint") }
            fixture.peer.sendLine(echoLine(1))
            #expect(try fixture.peer.json()["id"]?.int == 1)
        }
    }

    @Test func aPeerThatDoesNotReadItsAnswersIsClosed() throws {
        var limits = Limits()
        limits.outgoingBytes = 100_000
        let router = Router()
        router.on(Slow.self) { _, _ in Echo(text: String(repeating: "x", count: 50_000)) }
        try Fixture.with(limits: limits, service: router) { (fixture: Fixture) throws in
            let closed = Event<String>()
            fixture.connection.onClose { closed.send($0) }
            for id in 1...200 {
                fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":\#(id),"method":"test.slow","params":{"number":1}}"#)
            }
            #expect(try closed.next() == "the peer does not read its answers")
        }
    }

    @Test func aSlowReaderGetsEverythingThatWasAccepted() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            let text = String(repeating: "x", count: 30_000)
            let reader = Event<Int>()
            try Thread.spawn(name: "reader") {
                var count = 0
                while count < 100, fixture.peer.line()?.utf8.count ?? 0 > 30_000 { count += 1 }
                reader.send(count)
            }
            for id in 1...100 { fixture.peer.sendLine(echoLine(id, text)) }
            #expect(try reader.next() == 100)
        }
    }

    @Test func finishingSendsWhatWaitsAndCloses() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let text = String(repeating: "x", count: 100_000)
            for _ in 0..<20 { #expect(fixture.connection.notify(Hint(text: text))) }
            fixture.connection.finish(reason: "done")
            for _ in 0..<20 { #expect(try fixture.peer.json()["method"]?.string == "test.hint") }
            #expect(fixture.peer.line() == nil)
        }
    }
}
