import JSON
import JSONRPC
import LinuxSystem
import Testing

struct ListenerTests {
    /// A listener in a folder that is gone afterwards.
    private func with(connections: Int = 8, _ body: (Listener, _ path: String) throws -> Void) throws {
        let path = "/tmp/berth-listener-\(UInt64.random(in: 0...UInt64.max)).sock"
        let loop = try EventLoop()
        let socket = try UnixSocket.listen(at: path, mode: 0o600)
        let listener = try Listener(socket: socket, loop: loop, connections: connections, service: echoRouter())
        let ended = Event<Bool>()
        try Thread.spawn(name: "test loop") {
            loop.run()
            ended.send(true)
        }
        defer {
            for connection in listener.connections { connection.close() }
            listener.stop()
            loop.stop()
            _ = try? ended.next()
            try? removeFile(path)
        }
        try body(listener, path)
    }

    private func connect(_ path: String) throws -> RawPeer {
        RawPeer(socket: try UnixSocket.connect(to: path).shared())
    }

    @Test func connectionsAreAnsweredAndForgotten() throws {
        try with { listener, path in
            for id in 1...3 {
                let peer = try connect(path)
                peer.sendLine(echoLine(id))
                let answer = try peer.json()
                #expect(answer["id"]?.int == Int64(id))
                let closed = Event<String>()
                listener.connections.first?.onClose { closed.send($0) }
                peer.close()
                _ = try closed.next()
            }
        }
    }

    @Test func connectionsBeyondTheLimitWaitUntilOneEnds() throws {
        try with(connections: 2) { listener, path in
            let peers = try (1...3).map { _ in try connect(path) }
            for (id, peer) in zip(1..., peers) { peer.sendLine(echoLine(id)) }
            for peer in peers[..<2] { #expect(peer.line() != nil) }
            #expect(listener.connections.count == 2)
            peers[0].close()
            #expect(peers[2].line() != nil)
        }
    }

    @Test func aStoppedListenerLeavesConnectionsInTheBacklog() throws {
        try with { listener, path in
            listener.stop()
            let peer = try connect(path)
            peer.sendLine(echoLine(1))
            #expect(listener.connections.isEmpty)
            listener.start()
            #expect(peer.line() != nil)
        }
    }
}
