import LinuxSystem

extension EventLoop {
    /// Lets time pass, during which what else is on the loop goes on.
    func pause(_ duration: Duration) {
        let over = Pending<Void>()
        schedule(after: duration) { over.set(.success(())) }
        run { over.result != nil }
    }
}
