import JSON
import JSONRPC
import LinuxSystem
import Testing

struct RequestTests {
    @Test func requestsAreAnsweredInAnyOrderFromAnyThread() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            for id in 1...3 { fixture.peer.sendLine(echoLine(id)) }
            let requests = try (1...3).map { _ in try holder.requests.next() }
            for request in requests.reversed() {
                try Thread.spawn(name: "answers") { request.respond(Echo(text: "\(request.id)")) }
                #expect(try fixture.peer.json()["result"]?["text"]?.string == "\(request.id)")
            }
        }
    }

    /// Regression test: the peer had the answer before the id was free.
    @Test func anIdIsFreeOnceItsAnswerHasCome() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            for _ in 0..<2000 {
                fixture.peer.sendLine(echoLine(1))
                let request = try holder.requests.next()
                try Thread.spawn(name: "answers") { request.respond(Echo(text: "again")) }
                #expect(try fixture.peer.json()["result"]?["text"]?.string == "again")
            }
        }
    }

    @Test func onlyTheFirstAnswerIsSent() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let request = try holder.requests.next()
            request.respond(Echo(text: "one"))
            request.respond(Echo(text: "two"))
            request.fail(.busy("three"))
            fixture.peer.sendLine(echoLine(2))
            try holder.requests.next().respond(Echo(text: "four"))
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "one")
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "four")
        }
    }

    /// The peer can have the answer, and ask again, while the thread that sent it still has to go on.
    @Test func anIdIsFreeAsSoonAsItsAnswerIsSent() throws {
        let holder = Holder()
        let (sent, goOn) = (Event<Bool>(), Event<Bool>())
        let holds: Connection.Tap = { direction, line in
            guard case .sent = direction, line.contains(UInt8(ascii: "F")) else { return }
            sent.send(true)
            _ = try? goOn.next()
        }
        try Fixture.with(service: holder, tap: holds) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let first = try holder.requests.next()
            try Thread.spawn(name: "answers") { first.respond(Echo(text: "First")) }
            _ = try sent.next()
            fixture.peer.sendLine(echoLine(1, "again"))
            try holder.requests.next().respond(Echo(text: "second"))
            goOn.send(true)
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "First")
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "second")
        }
    }

    @Test func aCancelledRequestIsAnsweredAndItsHandlerTold() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let request = try holder.requests.next()
            let told = Event<Bool>()
            request.onCancel { told.send(true) }
            #expect(!request.isCancelled)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":1}}"#)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.requestCancelledCode))
            #expect(try told.next())
            #expect(request.isCancelled)
            request.respond(Echo(text: "too late"))
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"$/cancel","params":{"id":1}}"#)
            fixture.peer.sendLine(echoLine(2))
            try holder.requests.next().respond(Echo(text: "next"))
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "next")
        }
    }

    @Test func aCancelHandlerThatComesLateRunsAtOnce() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let request = try holder.requests.next()
            fixture.connection.close()
            let told = Event<Bool>()
            request.onCancel { told.send(true) }
            #expect(try told.next())
        }
    }

    @Test func theCallersDeadlineAnswersInTheHandlersPlace() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":1,"method":"a","timeout":20}"#)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","id":2,"method":"a","timeout":20000}"#)
            let first = try holder.requests.next()
            #expect(first.deadline != nil)
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.deadlineExceededCode))
            #expect(first.isCancelled)
            try holder.requests.next().respond(Empty())
            #expect(try fixture.peer.json()["id"]?.int == 2)
        }
    }

    @Test func progressIsSentToTheCallersToken() throws {
        let router = Router()
        router.on(Echo.self) { params, context in
            context.progress(["percent": 50])
            return params
        }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(
                #"{"jsonrpc":"2.0","id":1,"method":"test.echo","params":{"text":""},"progress":"my token"}"#)
            let progress = try fixture.peer.json()
            #expect(progress["method"]?.string == "$/progress")
            #expect(progress["params"]?["token"]?.string == "my token")
            #expect(progress["params"]?["value"]?["percent"]?.int == 50)
            #expect(try fixture.peer.json()["id"]?.int == 1)
            fixture.peer.sendLine(echoLine(2))
            #expect(try fixture.peer.json()["id"]?.int == 2)
        }
    }

    @Test func notificationsReachTheirHandlersAndOthersAreIgnored() throws {
        let router = echoRouter()
        let hints = Event<String>()
        router.notification(Hint.self) { hint, _ in hints.send(hint.text) }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"nobody.knows","params":{}}"#)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"test.hint","params":{"text":7}}"#)
            fixture.peer.sendLine(#"{"jsonrpc":"2.0","method":"test.hint","params":{"text":"here"}}"#)
            #expect(try hints.next() == "here")
            fixture.connection.notify(Hint(text: "there"))
            #expect(try fixture.peer.json()["params"]?["text"]?.string == "there")
        }
    }

    @Test func halfClosingStillGetsTheAnswers() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            fixture.peer.shutdownWriting()
            let request = try holder.requests.next()
            request.respond(Echo(text: "after the end"))
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "after the end")
            #expect(fixture.peer.line() == nil)
        }
    }

    @Test func thePeersEndCancelsItsRequests() throws {
        let holder = Holder()
        try Fixture.with(service: holder) { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            let request = try holder.requests.next()
            let told = Event<Bool>()
            request.onCancel { told.send(true) }
            fixture.peer.close()
            #expect(try told.next())
        }
    }

    @Test func aFullPoolAnswersBusy() throws {
        let pool = WorkerPool(maximum: 1, queue: 0)
        let (started, release) = (Event<Bool>(), Event<Bool>())
        let router = Router(executor: pool.submit)
        router.on(Slow.self) { _, _ in
            started.send(true)
            _ = try release.next()
            return Echo(text: "done")
        }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            let line = { (id: Int) in #"{"jsonrpc":"2.0","id":\#(id),"method":"test.slow","params":{"number":1}}"# }
            fixture.peer.sendLine(line(1))
            _ = try started.next()
            fixture.peer.sendLine(line(2))
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.busyCode))
            release.send(true)
            #expect(try fixture.peer.json()["result"]?["text"]?.string == "done")
        }
    }

    @Test func withoutAServiceNothingIsThere() throws {
        try Fixture.with { (fixture: Fixture) throws in
            fixture.peer.sendLine(echoLine(1))
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.methodNotFoundCode))
        }
    }
}
