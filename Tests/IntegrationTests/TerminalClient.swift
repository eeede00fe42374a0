import LinuxSystem
import TestSupport
import Testing

/// A `berth` whose controlling terminal is a pseudo-terminal: the test types, reads the screen and changes its size, as a
/// user with a window does.
final class TerminalClient {
    private let master: SharedDescriptor
    private let peer: SharedDescriptor
    private let pidfd: SharedDescriptor
    private(set) var screen = ""

    init(_ arguments: [String], environment: [String], rows: Int = 31, columns: Int = 97) throws {
        let terminal = try PseudoTerminal(devpts: try RootFolder.openPlace("/dev/pts")).release()
        master = SharedDescriptor(owning: terminal.master)
        peer = SharedDescriptor(owning: terminal.peer)
        try UnixSocket.setNonBlocking(master.raw)
        try Terminal.setSize(peer.raw, TerminalSize(rows: rows, columns: columns))
        // It becomes the program, in a session that has the terminal.
        var request = SpawnRequest(
            .path("/usr/bin/setsid"), arguments: ["setsid", "--ctty", Stage.berth] + arguments,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment)
        request.descriptors = [0: peer, 1: peer, 2: peer]
        pidfd = try spawn(request).shared()
    }

    /// Whether the terminal passes on what is typed at once and unseen.
    var isRaw: Bool { get throws { try Terminal.settings(peer.raw).isRaw } }

    func type(_ text: String) throws { try StandardStream.write(Array(text.utf8), to: master.raw) }

    /// The kernel tells the client of it (SIGWINCH).
    func resize(rows: Int, columns: Int) throws {
        try Terminal.setSize(peer.raw, TerminalSize(rows: rows, columns: columns))
    }

    /// Waits until something is on the screen that was not there at the last call.
    func await(_ text: String, _ location: SourceLocation = #_sourceLocation) throws {
        let deadline = MonotonicTime.now + Self.patience
        while .now < deadline {
            if let end = screen.ranges(of: text).first?.upperBound {
                screen.removeSubrange(..<end)
                return
            }
            _ = StreamPoll.waitReadable(master.raw, until: .now + .milliseconds(50))
            if !read(), try ends(within: 0), !read() { break }
        }
        Issue.record("\"\(text)\" is not on the screen: \(screen.debugDescription)", sourceLocation: location)
    }

    func signal(_ number: CInt) throws { try ProcessDescriptor.signal(pidfd.raw, number) }

    private func ends(within milliseconds: CInt) throws -> Bool {
        try ProcessDescriptor.waitUntilEnded(pidfd.raw, milliseconds: milliseconds)
    }

    /// Waits for its end, while what it writes is read.
    ///
    /// - Returns: its exit code, and what has come since the last `await`.
    func wait() throws -> Output {
        while try !ends(within: 10) { _ = read() }
        while read() {}
        let status = try ProcessDescriptor.wait(pidfd.raw)
        return Output(text: screen, code: status?.code ?? -1)
    }

    /// Whether there was something.
    private func read() -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            guard case .bytes(let count)? = try? StreamIO.read(master.raw, into: buffer) else { return false }
            screen += String(decoding: buffer[..<count], as: UTF8.self)
            return true
        }
    }

    private static let patience = Duration.seconds(60)
}
