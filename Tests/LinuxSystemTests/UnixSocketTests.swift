import Glibc
import LinuxSystem
import Testing

struct UnixSocketTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let folder = "/tmp/berth-socket-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { remove(folder) }
        try body(folder)
    }

    /// The folder and all below it.
    private func remove(_ path: String) {
        for name in (try? listDirectory(path)) ?? [] {
            if unlink(path + "/" + name) != 0 { remove(path + "/" + name) }
        }
        rmdir(path)
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test(arguments: [1, 40, 150])
    func aSocketListensAtAPathOfAnyLength(length: Int) throws {
        try withFolder { folder in
            let deep = folder + "/" + String(repeating: "d", count: length)
            try makeDirectory(deep)
            let path = deep + "/api.sock"
            let listener = try UnixSocket.listen(at: path, mode: 0o640)
            #expect(mode(path) == 0o640)
            #expect(try UnixSocket.accept(listener.raw) == nil)
            let client = try UnixSocket.connect(to: path)
            let server = try #require(try UnixSocket.accept(listener.raw)?.shared())
            let peer = try UnixSocket.peerCredentials(server.raw)
            #expect(peer.pid == getpid() && peer.uid == geteuid())
            #expect(try UnixSocket.send(client.raw, UnsafeRawBufferPointer(start: nil, count: 0)) == 0)
        }
    }

    @Test func aPathInUseIsOnlyReplacedOnRequest() throws {
        try withFolder { folder in
            let path = folder + "/api.sock"
            _ = try UnixSocket.listen(at: path)
            #expect(throws: SystemError.self) { _ = try UnixSocket.listen(at: path) }
            _ = try UnixSocket.listen(at: path, replacing: true)
            try writeFile(folder + "/file", [1], mode: 0o600)
            #expect(throws: SystemError.self) { _ = try UnixSocket.listen(at: folder + "/file", replacing: true) }
        }
    }

    @Test func connectingToNothingSaysWhy() throws {
        try withFolder { folder in
            let error = #expect(throws: SystemError.self) { _ = try UnixSocket.connect(to: folder + "/none") }
            #expect(error?.errno == .noEntry)
            let long = #expect(throws: SystemError.self) {
                _ = try UnixSocket.connect(to: folder + "/" + String(repeating: "x", count: 120))
            }
            #expect(long?.errno == .nameTooLong)
            #expect(throws: SystemError.self) { _ = try UnixSocket.connect(to: folder + "/a\0b") }
        }
    }

    @Test func descriptorsThatArriveAreCloseOnExec() throws {
        let (first, second) = try UnixSocket.pair().take { ($0.shared(), $1.shared()) }
        var received: [SharedDescriptor] = []
        let bytes: [UInt8] = [1, 2, 3]
        let sent = try bytes.withUnsafeBytes {
            try UnixSocket.send(first.raw, $0, descriptors: [CInt](repeating: second.raw, count: 16))
        }
        #expect(sent == 3)
        var area = [UInt8](repeating: 0, count: 16)
        let count = try area.withUnsafeMutableBytes {
            try UnixSocket.receive(second.raw, into: $0, descriptors: &received)
        }
        #expect(count == 3 && received.count == 16)
        for descriptor in received { #expect(fcntl(descriptor.raw, F_GETFD) & FD_CLOEXEC != 0) }
    }
}
