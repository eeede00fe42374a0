import CLinux
import Glibc
import Synchronization

/// Threads of the system (pthreads(7)), for blocking work; never Swift's cooperative pool.
public enum Thread {
    /// Starts a detached thread. It has every signal blocked, so that process-directed signals reach the thread that
    /// chose to take them (signalfd(2) on the event loop).
    ///
    /// - Parameters:
    ///   - name: shown by ps(1) and gdb; cut to 15 bytes.
    ///   - stackSize: bytes of address space; pages are only taken when touched.
    /// - Throws: `pthread_create` with EAGAIN when the limit on threads is reached.
    public static func spawn(
        name: String, stackSize: Int = 256 << 10, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        try create(name: name, detached: true, stackSize, body)
    }

    /// Runs `body` on a thread of its own, and waits for the thread's end: what it has changed of itself alone, such as
    /// its mount namespace (unshare(2)), is gone with it.
    public static func run<Value: Sendable>(
        name: String, _ body: @escaping @Sendable () throws(SystemError) -> Value
    ) throws(SystemError) -> Value {
        let outcome = Mutex<Result<Value, SystemError>?>(nil)
        let thread = try create(name: name, detached: false, 256 << 10) {
            let result = Result { () throws(SystemError) in try body() }
            outcome.withLock { $0 = result }
        }
        pthread_join(thread, nil)
        guard let result = outcome.withLock({ $0 }) else { throw SystemError(.noProcess, "pthread_join", name) }
        return try result.get()
    }

    @discardableResult
    private static func create(
        name: String, detached: Bool, _ stackSize: Int, _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) -> pthread_t {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        if detached { pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED)) }
        pthread_attr_setstacksize(&attributes, max(stackSize, 64 << 10))

        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        let previous = SignalMask.blockAll()
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, runThread, start.toOpaque())
        previous.apply()
        guard code == 0 else {
            start.release()
            throw SystemError(Errno(rawValue: code), "pthread_create", name)
        }
        return thread
    }

    /// Names the calling thread, cut to 15 bytes.
    public static func name(_ name: String) { berth_name_thread(String(decoding: name.utf8.prefix(15), as: UTF8.self)) }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    let start = Unmanaged<ThreadStart>.fromOpaque(argument!).takeRetainedValue()
    Thread.name(start.name)
    start.body()
    return nil
}

/// The signals that the calling thread has blocked (pthread_sigmask(3)).
public struct SignalMask {
    private var signals: sigset_t

    /// Blocks every signal on the calling thread.
    ///
    /// - Returns: the mask that was in force.
    public static func blockAll() -> SignalMask {
        var all = sigset_t()
        sigfillset(&all)
        var previous = SignalMask(signals: sigset_t())
        pthread_sigmask(SIG_BLOCK, &all, &previous.signals)
        return previous
    }

    /// Puts this mask in force on the calling thread.
    public func apply() {
        var signals = signals
        pthread_sigmask(SIG_SETMASK, &signals, nil)
    }
}
