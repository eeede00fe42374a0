import BerthAPI
import LinuxSystem
import Synchronization

/// An operation under way: whatever its tasks call is noted.
public final class Operation: Sendable {
    /// The operation that the running task works for.
    @TaskLocal public static var current: Operation?

    private static let maximumSpans = 1000

    private let begin = MonotonicTime.now
    private let state: Mutex<OperationInfo>

    init(_ info: OperationInfo) {
        var info = info
        info.spans = []
        state = Mutex(info)
    }

    public var info: OperationInfo { state.withLock { $0 } }

    /// Notes a call from its begin to its end.
    public static func noting<Value>(
        _ method: String, of target: String, _ call: () async throws -> Value
    ) async throws -> Value {
        guard let operation = current, let number = operation.beginSpan(method, target) else { return try await call() }
        do {
            let value = try await call()
            operation.endSpan(number, nil)
            return value
        } catch {
            operation.endSpan(number, "\(error)")
            throw error
        }
    }

    private var elapsed: Int64 { (.now - begin).microseconds }

    private func beginSpan(_ method: String, _ target: String) -> Int? {
        let now = elapsed
        return state.withLock { info in
            guard info.spans?.count ?? 0 < Self.maximumSpans else { return nil }
            info.spans?.append(OperationSpan(method: method, target: target, begin: now))
            return (info.spans?.count ?? 0) - 1
        }
    }

    private func endSpan(_ number: Int, _ error: String?) {
        let now = elapsed
        state.withLock { info in
            guard let begin = info.spans?[number].begin else { return }
            info.spans?[number].duration = now - begin
            info.spans?[number].error = error
        }
    }

    func end(_ error: String?) {
        let now = elapsed
        state.withLock { info in
            info.duration = now
            info.error = error
        }
    }
}

/// The newest operations.
public final class OperationHistory: Sendable {
    private static let capacity = 256

    private let state = Mutex<(last: Int64, operations: [Operation])>((0, []))

    public init() {}

    /// Runs `body` as an operation.
    public func run<Value: Sendable>(
        _ method: String, object: String?, _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        let operation = add(method, object)
        do {
            let value = try await Operation.$current.withValue(operation) { try await body() }
            operation.end(nil)
            return value
        } catch {
            operation.end("\(error)")
            throw error
        }
    }

    private func add(_ method: String, _ object: String?) -> Operation {
        state.withLock { state in
            state.last += 1
            let operation = Operation(
                OperationInfo(
                    id: state.last, method: method, object: object, beganAt: Timestamp(nanoseconds: Host.now)))
            if state.operations.count == Self.capacity { state.operations.removeFirst() }
            state.operations.append(operation)
            return operation
        }
    }

    /// Newest first, without their calls.
    public var list: [OperationInfo] {
        state.withLock { $0.operations }.reversed().map { operation in
            var info = operation.info
            info.spans = nil
            return info
        }
    }

    public func trace(_ id: Int64) throws -> OperationInfo {
        guard let operation = state.withLock({ state in state.operations.first { $0.info.id == id } }) else {
            throw BerthError(
                .notFound, "there is no operation \(id)", object: "operation \(id)", hint: "see berth trace")
        }
        return operation.info
    }
}
