import BerthAPI
import JSONRPC

/// Who waits for the answer of the driver's method that this thread runs.
///
/// A caller gives up when it cancels or when its deadline passes, and then goes on: it removes what it had asked for. A
/// call that is still waiting for a lock then must not begin. A driver asks when it has got its lock, and before it
/// changes anything; `KeyLocks` asks by itself.
public struct Caller: Sendable {
    @TaskLocal private static var context: RequestContext?

    /// The caller of the method that this thread runs; nobody, who never gives up, where it runs none.
    public static var current: Caller { Caller(context) }

    private let context: RequestContext?

    init(_ context: RequestContext?) {
        self.context = context
    }

    public var hasGivenUp: Bool { context?.isCancelled ?? false }

    /// - Throws: `cancelled` when it has given up.
    public func check() throws(BerthError) {
        guard let context, context.isCancelled else { return }
        throw BerthError(.cancelled, "the caller of \(context.method) has given up")
    }

    /// Runs the handler of a call.
    static func of<R>(_ context: RequestContext, _ body: () throws -> R) rethrows -> R {
        try $context.withValue(context, operation: body)
    }
}
