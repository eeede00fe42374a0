import JSON
import JSONRPC
import LinuxSystem
import Testing

struct DescriptorTests {
    /// A socket to pass, and the end that shows which one was passed.
    private func probe() throws -> (passed: SharedDescriptor, witness: RawPeer) {
        try UnixSocket.pair().take { first, second in (first.shared(), RawPeer(socket: second.shared())) }
    }

    private func request(_ id: Int, _ count: Int) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"test.echo","params":{"text":"x"},"descriptors":\#(count)}"#
    }

    private func write(_ text: String, to descriptor: SharedDescriptor) {
        RawPeer(socket: descriptor).sendLine(text)
    }

    @Test func descriptorsArriveWithTheirRequestInTheirOrder() throws {
        let router = Router()
        router.on(Echo.self) { _, context in
            for name in ["first", "second"] { self.write(name, to: try #require(context.takeDescriptor())) }
            #expect(context.takeDescriptor() == nil)
            return Echo(text: "taken")
        }
        let (first, second) = (try probe(), try probe())
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            fixture.peer.sendLine(request(1, 2), descriptors: [first.passed, second.passed])
            #expect(first.witness.line() == "first")
            #expect(second.witness.line() == "second")
            #expect(try fixture.peer.json()["result"] != nil)
        }
    }

    @Test func descriptorsGoWithTheLineTheyBelongTo() throws {
        let router = Router()
        router.on(Echo.self) { _, context in
            if let descriptor = context.takeDescriptor() { self.write("\(context.id)", to: descriptor) }
            return Echo(text: "")
        }
        let probes = try (0..<3).map { _ in try probe() }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            // The first line's end and the second line with its descriptor come in separate sends, as a stream.
            fixture.peer.send(echoLine(1) + "\n" + echoLine(2).prefix(10))
            fixture.peer.send(echoLine(2).dropFirst(10) + "\n")
            fixture.peer.send(String(request(3, 1).prefix(20)), descriptors: [probes[0].passed])
            fixture.peer.send(request(3, 1).dropFirst(20) + "\n" + echoLine(4) + "\n")
            for (id, probe) in zip(5..., probes[1...]) {
                fixture.peer.sendLine(request(id, 1), descriptors: [probe.passed])
            }
            for id in 1...6 { #expect(try fixture.peer.json()["id"]?.int == Int64(id)) }
            for (id, probe) in zip([3, 5, 6], probes) { #expect(probe.witness.line() == "\(id)") }
        }
    }

    @Test func descriptorsAreSentBesideTheAnswer() throws {
        let (first, second) = (try probe(), try probe())
        let router = Router()
        router.on(Echo.self) { params, context in
            context.send(first.passed)
            context.send(second.passed)
            return params
        }
        try Fixture.with(service: router) { (fixture: Fixture) throws in
            // The answers of both lines leave in one go, and the descriptors still sit at the start of each.
            fixture.peer.sendLine(echoLine(1) + "\n" + echoLine(2))
            for id in [1, 2] {
                let answer = try fixture.peer.json()
                #expect(answer["id"]?.int == Int64(id) && answer["descriptors"]?.int == 2)
            }
            let descriptors = fixture.peer.takeDescriptors()
            #expect(descriptors.count == 4)
            write("to the first", to: try #require(descriptors.first))
            #expect(first.witness.line() == "to the first")
        }
    }

    @Test func descriptorsOfAnAnswerReachTheCaller() throws {
        let probe = try probe()
        let router = Router()
        router.on(Echo.self) { params, context in
            context.send(try #require(context.takeDescriptor()))
            return params
        }
        let loop = try EventLoop()
        let client = try UnixSocket.pair().take { first, second in
            _ = try Connection(socket: second, loop: loop, service: router)
            return try Connection(socket: first, loop: loop)
        }
        defer { client.close() }
        let reply = try client.callAndWait(Echo(text: ""), timeout: .seconds(20), descriptors: [probe.passed])
        #expect(reply.descriptors.count == 1)
        write("back again", to: try #require(reply.descriptors.first))
        #expect(probe.witness.line() == "back again")
        #expect(throws: RPCError.self) {
            let many = [SharedDescriptor](repeating: probe.passed, count: 17)
            _ = try client.callAndWait(Echo(text: ""), timeout: .seconds(20), descriptors: many)
        }
    }

    /// Sends a line with a descriptor that nobody else holds: its witness sees the end when the receiver closes it.
    private func sendProbe(_ line: String, to peer: RawPeer) throws -> RawPeer {
        try UnixSocket.pair().take { first, second in
            peer.sendLine(line, descriptors: [first.shared()])
            return RawPeer(socket: second.shared())
        }
    }

    @Test func surplusDescriptorsAreClosedAndTheConnectionLives() throws {
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            let surplus = try sendProbe(echoLine(1), to: fixture.peer)
            #expect(try fixture.peer.json()["id"]?.int == 1)
            #expect(surplus.line() == nil)
            let unclaimed = try sendProbe(request(2, 1), to: fixture.peer)
            #expect(try fixture.peer.json()["id"]?.int == 2)
            #expect(unclaimed.line() == nil)
        }
    }

    @Test func descriptorsOfAnAnswerNobodyWaitsForAreClosed() throws {
        try Fixture.with { (fixture: Fixture) throws in
            let witness = try sendProbe(#"{"jsonrpc":"2.0","id":5,"result":{},"descriptors":1}"#, to: fixture.peer)
            #expect(witness.line() == nil)
            #expect(!fixture.connection.isClosed)
        }
    }

    @Test func aMessageThatSaysMoreThanCameClosesTheConnection() throws {
        let probe = try probe()
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            fixture.peer.sendLine(request(1, 2), descriptors: [probe.passed])
            let complaint = try fixture.peer.json()
            #expect(complaint["id"]?.isNull == true)
            #expect(complaint["error"]?["message"]?.string?.contains("descriptors") == true)
            #expect(fixture.peer.line() == nil)
        }
    }

    @Test func aLineThatCollectsDescriptorsClosesTheConnection() throws {
        let probe = try probe()
        try Fixture.with(service: echoRouter()) { (fixture: Fixture) throws in
            for _ in 0..<3 {
                fixture.peer.send("{", descriptors: [SharedDescriptor](repeating: probe.passed, count: 8))
            }
            #expect(try fixture.peer.json()["error"]?["code"]?.int == Int64(RPCError.limitExceededCode))
            #expect(fixture.peer.line() == nil)
        }
    }

}
