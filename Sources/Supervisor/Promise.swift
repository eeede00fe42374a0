import Synchronization

/// A value that comes once, and whoever waits for it.
public final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case waiting([CheckedContinuation<Value, Never>])
        case fulfilled(Value)
    }

    private let state = Mutex(State.waiting([]))

    public init() {}

    /// The first value counts; later ones are ignored.
    public func fulfil(_ value: Value) {
        let waiting = state.withLock { state -> [CheckedContinuation<Value, Never>] in
            guard case .waiting(let continuations) = state else { return [] }
            state = .fulfilled(value)
            return continuations
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }

    public var isFulfilled: Bool {
        state.withLock { state in
            if case .fulfilled = state { true } else { false }
        }
    }

    public var value: Value {
        get async {
            await withCheckedContinuation { continuation in
                let present = state.withLock { state -> Value? in
                    switch state {
                    case .fulfilled(let value): return value
                    case .waiting(let continuations):
                        state = .waiting(continuations + [continuation])
                        return nil
                    }
                }
                if let present { continuation.resume(returning: present) }
            }
        }
    }
}
