import Glibc

/// A value behind a lock, with a condition to wait on (pthread_cond_timedwait(3) against the monotonic clock).
///
/// `Synchronization.Mutex` serves where nobody waits for a change; a monitor serves where a thread does.
public final class Monitor<Value>: @unchecked Sendable {
    // Sendable because `value` is only reached with `mutex` held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    public init(_ value: sending Value) {
        self.value = value
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Runs `body` with the lock held.
    public func withLock<R, E: Error>(_ body: (inout Value) throws(E) -> R) throws(E) -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Wakes one waiter. Call it after the change, without the lock.
    public func wakeOne() { pthread_cond_signal(condition) }

    /// Wakes every waiter. Call it after the change, without the lock.
    public func wakeAll() { pthread_cond_broadcast(condition) }

    /// Waits until `body` answers something. It is asked at once and after every wake-up, with the lock held.
    ///
    /// - Returns: its answer, or nil when `deadline` passed without one.
    public func wait<R>(until deadline: MonotonicTime = .never, _ body: (inout Value) -> R?) -> R? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let answer = body(&value) { return answer }
            guard block(until: deadline) else { return body(&value) }
        }
    }

    private func block(until deadline: MonotonicTime) -> Bool {
        if deadline == .never { return pthread_cond_wait(condition, mutex) == 0 }
        let (seconds, nanoseconds) = deadline.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(nanoseconds))
        return pthread_cond_timedwait(condition, mutex, &time) == 0
    }
}
