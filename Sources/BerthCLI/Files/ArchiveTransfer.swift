import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

/// A call with a pipe to the daemon, one end of which a thread of this program works at.
struct ArchiveTransfer {
    let client: BerthClient

    /// Has the daemon read what `write` writes.
    func sending<M: Method>(_ method: M, _ write: @escaping @Sendable (CInt) throws -> Void) throws -> M.Result {
        let pipe = try Pipe().release()
        return try run(method, remote: pipe.read, own: pipe.write, write)
    }

    /// Has `read` read what the daemon writes, to its end.
    func receiving<M: Method>(_ method: M, _ read: @escaping @Sendable (CInt) throws -> Void) throws -> M.Result {
        let pipe = try Pipe().release()
        return try run(method, remote: pipe.write, own: pipe.read, read)
    }

    private func run<M: Method>(
        _ method: M, remote: CInt, own: CInt, _ work: @escaping @Sendable (CInt) throws -> Void
    ) throws -> M.Result {
        // Who no longer reads must be heard of from the daemon, not by a signal.
        StandardStream.blockBrokenPipeSignal()
        let worker = try Worker(own, work)
        let answer = Swift.Result { try reply(to: method, remote) }
        switch (answer, worker.end()) {
        case (.success(let result), nil): return result
        case (.success, let failure?): throw failure
        // A side that gave up is why the other could not go on.
        case (.failure(let error as BerthError), let failure?) where error.kind == .cancelled: throw failure
        case (.failure(let error), _): throw error
        }
    }

    /// Nobody here holds the daemon's end any more when this returns: the thread sees the end of what came through it.
    private func reply<M: Method>(to method: M, _ remote: CInt) throws -> M.Result {
        let remote = SharedDescriptor(owning: remote)
        return try client.reply(to: method, timeout: BerthClient.unbounded, descriptors: [remote]).result
    }
}

/// A thread with one end of a pipe, which it closes at its end.
private final class Worker: Sendable {
    private enum State {
        case working
        case done((any Error)?)
    }

    private let state = Monitor(State.working)

    init(_ descriptor: CInt, _ work: @escaping @Sendable (CInt) throws -> Void) throws(SystemError) {
        let state = state
        try Thread.spawn(name: "archive", stackSize: 1 << 20) {
            let failure = Self.run(Descriptor(owning: descriptor), work)
            state.withLock { $0 = .done(failure) }
            state.wakeAll()
        }
    }

    private static func run(
        _ descriptor: consuming Descriptor, _ work: (CInt) throws -> Void
    ) -> (any Error)? {
        do {
            try work(descriptor.raw)
            return nil
        } catch {
            return error
        }
    }

    /// Waits for the thread; why it failed.
    func end() -> (any Error)? {
        state.wait { state -> Swift.Result<Void, any Error>? in
            switch state {
            case .working: nil
            case .done(nil): .success(())
            case .done(let error?): .failure(error)
            }
        }.flatMap { if case .failure(let error) = $0 { error } else { nil } }
    }
}
