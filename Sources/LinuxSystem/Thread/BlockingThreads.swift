/// Runs blocking work on threads of its own, for callers on Swift's cooperative pool.
public struct BlockingThreads: Sendable {
    private let pool: WorkerPool

    public init(name: String, maximum: Int) { pool = WorkerPool(name: name, maximum: maximum, queue: 4096) }

    /// - Throws: what `body` throws; EAGAIN where no thread can be started.
    public func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = pool.submit { continuation.resume(with: Result { try body() }) }
            if !accepted { continuation.resume(throwing: SystemError(.wouldBlock, "pthread_create")) }
        }
    }
}
