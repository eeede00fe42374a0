import LinuxSystem
import Supervisor
import Synchronization

/// Operations on a container's files: its root is not mounted for a run, and not removed, as long as one has it.
struct FileUse {
    private var count = 0
    private var waiters: [Promise<Void>] = []
    private var isMounted = false
    private var mountWaiters: [Promise<Void>] = []
    let helpers = HelperList()

    mutating func begin() { count += 1 }

    mutating func end() {
        count -= 1
        guard count == 0 else { return }
        for waiter in waiters { waiter.fulfil(()) }
        waiters = []
    }

    /// The turn to mount the root of a container that does not run: a writable layer is to be mounted once.
    ///
    /// - Returns: nil when the turn is the caller's, who gives it back by `endMount`; else what tells that it has come.
    mutating func beginMount() -> Promise<Void>? {
        guard isMounted else {
            isMounted = true
            return nil
        }
        let turn = Promise<Void>()
        mountWaiters.append(turn)
        return turn
    }

    mutating func endMount() {
        if mountWaiters.isEmpty { isMounted = false } else { mountWaiters.removeFirst().fulfil(()) }
    }

    /// Nil when there is nothing to wait for.
    mutating func whenFree() -> Promise<Void>? {
        guard count > 0 else { return nil }
        let promise = Promise<Void>()
        waiters.append(promise)
        return promise
    }
}

/// Pidfds of the processes that work on a container's files.
final class HelperList: Sendable {
    private let processes = Mutex<[SharedDescriptor]>([])

    func add(_ process: SharedDescriptor) { processes.withLock { $0.append(process) } }

    func remove(_ process: SharedDescriptor) { processes.withLock { $0.removeAll { $0 === process } } }

    /// SIGKILL: what they do would last as long as their clients please.
    func end() {
        for process in processes.withLock({ $0 }) { _ = try? ProcessDescriptor.signal(process.raw, 9) }
    }
}
