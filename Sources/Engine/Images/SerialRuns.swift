import Synchronization

/// Runs the same work one after another: who asks while a run is under way gets the next one, shared with all who ask
/// until it begins.
final class SerialRuns: Sendable {
    private struct State {
        var running: Task<Void, Never>?
        var next: Task<Void, Never>?
    }

    private let state = Mutex(State())

    /// Returns when a run that began after this call has ended.
    func run(_ work: @escaping @Sendable () async -> Void) async {
        let task = state.withLock { state in
            if let next = state.next { return next }
            let before = state.running
            let task = Task {
                await before?.value
                self.begin()
                await work()
                self.end()
            }
            state.next = task
            return task
        }
        await task.value
    }

    private func begin() {
        state.withLock { state in (state.running, state.next) = (state.next, nil) }
    }

    private func end() {
        state.withLock { state in if state.next == nil { state.running = nil } }
    }
}
