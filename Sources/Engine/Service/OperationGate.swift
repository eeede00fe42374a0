import LinuxSystem
import Supervisor
import Synchronization

/// Counts the operations that are under way, for who must not interrupt one.
public final class OperationGate: Sendable {
    /// What they did, for those who look into it.
    let history = OperationHistory()
    private let memory: MemoryReturn
    private let state = Mutex<(running: Int, waiters: [Promise<Bool>])>((0, []))

    init(memory: MemoryReturn) { self.memory = memory }

    func run<Value: Sendable>(_ body: @Sendable () async throws -> Value) async rethrows -> Value {
        state.withLock { $0.running += 1 }
        defer {
            let waiters = state.withLock { state -> [Promise<Bool>] in
                state.running -= 1
                guard state.running == 0 else { return [] }
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.fulfil(true) }
            memory.workEnded()
        }
        return try await body()
    }

    /// Fulfilled with true once no operation runs; who waits fulfils it with false when it takes too long.
    func whenIdle() -> Promise<Bool> {
        let promise = Promise<Bool>()
        let isIdle = state.withLock { state in
            if state.running > 0 { state.waiters.append(promise) }
            return state.running == 0
        }
        if isIdle { promise.fulfil(true) }
        return promise
    }
}
