import BerthAPI
import Glibc
import JSONRPC
import LinuxSystem
import Synchronization
import Testing

@testable import BerthCLI

/// `run` and `exec` in the foreground against a daemon whose containers are scripts of the test.
@Suite struct AttachTests {
    /// What a container does with its stream; it returns its exit code.
    typealias Script = @Sendable (Peer) throws -> Int

    /// The container's end of an attach stream, on a thread of its own.
    struct Peer: Sendable {
        let stream: SharedDescriptor

        func write(_ bytes: [UInt8]) throws { try stream.write(bytes) }

        /// Reads until the end of input, or until `enough` bytes are there.
        func read(_ enough: Int = .max) throws -> String {
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 4096)
            while bytes.count < enough {
                var request = pollfd(fd: stream.raw, events: Int16(POLLIN), revents: 0)
                _ = poll(&request, 1, -1)
                let count = try systemCall("read") { Glibc.read(stream.raw, &chunk, chunk.count) }
                if count == 0 { break }
                bytes += chunk[..<count]
            }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// A daemon that makes containers which run the script when they are started.
    private func daemon(_ script: @escaping Script) throws -> FakeDaemon {
        let waiter = Shared<RequestContext?>(nil)
        return try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { _, _ in ContainerCreate.Result(id: "c1") }
            daemon.router.onDeferred(ContainerWait.self) { _, context in waiter.value.withLock { $0 = context } }
            daemon.on(ContainerStart.self) { _, context in
                let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
                context.send(near)
                try LinuxSystem.Thread.spawn(name: "container") {
                    let code = (try? script(Peer(stream: far))) ?? 255
                    _ = Glibc.shutdown(far.raw, CInt(SHUT_RDWR))
                    waiter.value.withLock { $0 }?.respond(ContainerWait.Result(exitCode: code))
                }
                return ContainerStart.Result(pid: 1, warnings: [])
            }
        }
    }

    @Test func streamsAndExitCode() throws {
        let daemon = try daemon { peer in
            try peer.write(
                Frames.multiplexed(1, "out\n") + Frames.multiplexed(2, "err\n") + Frames.multiplexed(1, "more\n"))
            return 3
        }
        let run = try CommandRun.run(["run", "busybox", "x"], host: daemon.path)
        try daemon.stop()
        #expect(run.output == "out\nmore\n" && run.error == "err\n" && run.status == 3)
    }

    @Test func inputFromASocketReachesTheContainerWithItsEnd() throws {
        let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
        try far.write(Array("typed\n".utf8))
        _ = shutdown(far.raw, CInt(SHUT_WR))
        let daemon = try daemon { peer in
            let text = try peer.read()
            try peer.write(Frames.multiplexed(1, "got \(text)"))
            return 0
        }
        let run = try CommandRun.run(["run", "-i", "busybox", "cat"], host: daemon.path, input: near.raw)
        try daemon.stop()
        #expect(run.output == "got typed\n" && run.status == 0)
    }

    @Test func inputFromAFile() throws {
        let path = "/tmp/berth-cli-input-\(Host.processID)"
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        try writeFile(path, Array(text.utf8), durable: false)
        let file = try openFile(path, O_RDONLY)
        try removeFile(path)
        let daemon = try daemon { peer in
            try peer.write(Frames.multiplexed(1, "\(try peer.read().utf8.count)"))
            return 0
        }
        let run = try CommandRun.run(["run", "-i", "busybox", "wc"], host: daemon.path, input: file.raw)
        try daemon.stop()
        #expect(run.output == "320000" && run.status == 0)
    }

    @Test func muchOutputArrivesWhole() throws {
        let chunk = [UInt8](repeating: 0x61, count: 60_000)
        let daemon = try daemon { peer in
            for _ in 0..<100 { try peer.write(Frames.multiplexed(1, chunk)) }
            return 0
        }
        let run = try CommandRun.run(["run", "busybox", "x"], host: daemon.path)
        try daemon.stop()
        #expect(run.output.utf8.count == 6_000_000 && run.status == 0)
    }

    @Test func outputThatCannotBeWritten() throws {
        let full = try openFile("/dev/full", O_WRONLY)
        let daemon = try daemon { peer in
            try peer.write(Frames.multiplexed(1, "lost"))
            _ = try peer.read()
            return 0
        }
        let run = try CommandRun.run(["run", "busybox", "x"], host: daemon.path, output: full.raw)
        try daemon.stop()
        #expect(run.error == "berth: write: No space left on device\n" && run.status == 1)
    }

    /// On a terminal: what is typed reaches the container raw, the sequence detaches, the terminal is as before.
    @Test func terminalAndDetaching() throws {
        let folder = try openFile("/dev/pts", O_RDONLY | O_DIRECTORY)
        let terminal = try PseudoTerminal(devpts: try folder.duplicate())
        let (master, peer) = (terminal.master.raw, terminal.peer.raw)
        try Terminal.setSize(peer, TerminalSize(rows: 31, columns: 97))
        let before = try Terminal.settings(peer)
        #expect(!before.isRaw)
        let seen = Shared<(text: String, raw: Bool)>(("", false))
        let daemon = try daemon { container in
            try container.write(Array("prompt".utf8))
            // The prompt shows that the client is there, with its terminal in raw mode.
            var buffer = [UInt8](repeating: 0, count: 64)
            _ = try systemCall("read") { read(master, &buffer, buffer.count) }
            _ = try systemCall("write") { write(master, "ab\u{3}c", 4) }
            let typed = try container.read(4)
            let isRaw = try Terminal.settings(peer).isRaw
            seen.value.withLock { $0 = (typed, isRaw) }
            _ = try systemCall("write") { write(master, "\u{10}\u{11}", 2) }
            _ = try container.read()
            return 0
        }
        daemon.on(ContainerDetach.self) { _, _ in Empty() }
        let run = try CommandRun.run(["run", "-it", "busybox", "sh"], host: daemon.path, terminal: peer)
        try daemon.stop()
        #expect(run.status == 0)
        #expect(daemon.calls.last == ContainerDetach.name)
        #expect(seen.value.withLock { $0.text } == "ab\u{3}c")
        #expect(seen.value.withLock { $0.raw })
        #expect(try !Terminal.settings(peer).isRaw)
    }

    /// A daemon may do calls of one session in any order: the second size waits for the first one's answer.
    @Test(arguments: [false, true]) func sizesAreToldOneAfterTheOther(_ answers: Bool) throws {
        let folder = try openFile("/dev/pts", O_RDONLY | O_DIRECTORY)
        let terminal = try PseudoTerminal(devpts: try folder.duplicate())
        let (master, peer) = (terminal.master.raw, terminal.peer.raw)
        try Terminal.setSize(peer, TerminalSize(rows: 31, columns: 97))
        let sizes = Monitor<[Int]>([])
        let held = Shared<[RequestContext]>([])
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerInspect.self) { _, _ in Self.detail }
            daemon.router.onDeferred(ContainerWait.self) { _, context in held.value.withLock { $0.append(context) } }
            daemon.router.onDeferred(ContainerResize.self) { request, context in
                sizes.withLock { $0.append(request.rows) }
                sizes.wakeAll()
                if answers { context.respond(Empty()) } else { held.value.withLock { $0.append(context) } }
            }
            daemon.on(ContainerAttach.self) { _, context in
                let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
                context.send(near)
                try LinuxSystem.Thread.spawn(name: "container") {
                    let peer = Peer(stream: far)
                    try? peer.write(Array("prompt".utf8))
                    // The prompt shows that the client is there, with its terminal in raw mode.
                    var buffer = [UInt8](repeating: 0, count: 64)
                    _ = read(master, &buffer, buffer.count)
                    _ = sizes.wait { $0.count >= (answers ? 2 : 1) ? true : nil }
                    _ = write(master, "\u{10}\u{11}", 2)
                    _ = try? peer.read()
                }
                return ContainerAttach.Result(terminal: true)
            }
            daemon.on(ContainerDetach.self) { _, _ in Empty() }
        }
        let run = try CommandRun.run(["attach", "c"], host: daemon.path, terminal: peer)
        try daemon.stop()
        #expect(run.status == 0)
        #expect(sizes.withLock { $0 } == (answers ? [32, 31] : [32]))
    }

    private static var detail: ContainerDetail {
        var config = ContainerConfig(image: "busybox")
        (config.terminal, config.openStdin) = (true, true)
        var detail = ContainerDetail(
            id: "c1", name: "c", createdAt: .zero, config: config, image: "busybox", imageID: "sha256:00",
            snapshotter: "overlay", logDriver: "json-file", directory: "/x")
        detail.state = ContainerState(status: .running)
        return detail
    }

    /// The container goes on without its daemon, and the next one knows how it ended.
    @Test func daemonIsKilledMeanwhile() throws {
        let first = Shared<FakeDaemon?>(nil)
        let second = Shared<FakeDaemon?>(nil)
        let daemon = try daemon { peer in
            // What is typed shows that the client has its stream.
            _ = try peer.read(2)
            let killed = try #require(first.value.withLock { $0 })
            try killed.die()
            try peer.write(Frames.multiplexed(1, "still here\n"))
            let next = try FakeDaemon(path: killed.path) { next in
                next.on(ContainerWait.self) { _, _ in ContainerWait.Result(exitCode: 9) }
            }
            second.value.withLock { $0 = next }
            return 0
        }
        first.value.withLock { $0 = daemon }
        let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
        try far.write(Array("go".utf8))
        let run = try CommandRun.run(["run", "-i", "busybox", "x"], host: daemon.path, input: near.raw)
        daemon.loop.stop()
        try second.value.withLock { $0 }?.stop()
        #expect(run.output == "still here\n" && run.error == "" && run.status == 9)
    }

    @Test func missingImageIsPulled() throws {
        let made = Shared(0)
        let daemon = try daemon { _ in 0 }
        let pulling = try FakeDaemon { fake in
            fake.on(ContainerCreate.self) { _, _ in
                let count = made.value.withLock {
                    $0 += 1; return $0
                }
                guard count > 1 else {
                    throw BerthError(.notFound, "No such image: busybox:latest", object: "image busybox:latest")
                }
                return ContainerCreate.Result(id: "c2")
            }
            fake.on(ImagePull.self) { _, context in
                for phase in [TransferProgress.Phase.downloading, .downloading, .downloaded, .done] {
                    context.progress(TransferProgress(object: "sha256:00aa", phase: phase, current: 1, total: 2))
                }
                return ImagePull.Result(
                    digest: "sha256:11", id: "sha256:22", reference: "docker.io/library/busybox:latest", upToDate: false
                )
            }
        }
        let run = try CommandRun.run(["create", "busybox"], host: pulling.path)
        try daemon.stop()
        try pulling.stop()
        #expect(run.output == "c2\n" && run.status == 0)
        #expect(
            run.error == """
                Unable to find image 'busybox:latest' locally
                latest: Pulling from library/busybox
                00aa: Pulling fs layer
                00aa: Download complete
                00aa: Pull complete
                Digest: sha256:11
                Status: Downloaded newer image for busybox:latest

                """)
        #expect(pulling.calls == ["container.create", "image.pull", "container.create"])
    }

    @Test(arguments: [
        (ErrorKind.notFound, "executable", 127), (.permissionDenied, "executable", 126), (.conflict, "port", 125),
    ])
    func whatCannotBeStarted(_ kind: ErrorKind, _ object: String, _ status: Int) throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerCreate.self) { _, _ in ContainerCreate.Result(id: "c1") }
            daemon.router.onDeferred(ContainerWait.self) { _, _ in }
            daemon.on(ContainerStart.self) { _, _ in throw BerthError(kind, "exec frob failed", object: object) }
            daemon.on(ContainerRemove.self) { _, _ in Empty() }
        }
        let run = try CommandRun.run(["run", "--rm", "busybox", "frob"], host: daemon.path)
        let kept = try CommandRun.run(["run", "-d", "busybox", "frob"], host: daemon.path)
        try daemon.stop()
        #expect(run.status == CInt(status) && kept.status == CInt(status))
        #expect(run.error == "berth: Error response from daemon: exec frob failed\n")
        #expect(daemon.calls.filter { $0 == ContainerRemove.name }.count == 1)
    }

    @Test func logsOfBothStreams() throws {
        let daemon = try FakeDaemon { daemon in
            daemon.on(ContainerLogs.self) { request, context in
                let (near, far) = try UnixSocket.pair().take { first, second in (first.shared(), second.shared()) }
                context.send(near)
                let tail = request.tail ?? -1
                try far.write(Frames.log(1, "out \(tail)\n", time: 0) + Frames.log(2, "err\n", time: 1_000_000_000))
                return ContainerLogs.Result(terminal: false)
            }
        }
        let run = try CommandRun.run(["logs", "-tn5", "c"], host: daemon.path)
        try daemon.stop()
        #expect(run.output == "1970-01-01T00:00:00.000000000Z out 5\n")
        #expect(run.error == "1970-01-01T00:00:01.000000000Z err\n")
    }
}
