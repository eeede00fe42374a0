import BerthAPI
import JSONRPC
import LinuxSystem

extension Shim {
    /// The runtime that holds the container, when it is not Berth's own.
    func foreignRuntime(_ settings: ShimSettings) -> OCIRuntime? {
        settings.runtime.map { OCIRuntime(command: $0, id: id, bundle: bundle.path) }
    }

    /// Has the runtime do something while the loop goes on.
    ///
    /// - Parameter then: called on the loop, with what went wrong.
    func ask(
        _ body: @escaping (OCIRuntime) throws -> Void, of runtime: OCIRuntime, then: @escaping (BerthError?) -> Void
    ) throws {
        try inCopy({ _ in try body(runtime) }, then: then)
    }

    /// Does something to the running container `here`, or has its runtime do it, and answers.
    func control(
        _ context: RequestContext, _ launched: Launched, there: @escaping (OCIRuntime) throws -> Void,
        here: () throws -> Void, then: @escaping () throws -> Void
    ) throws {
        guard let runtime = foreignRuntime(launched.settings) else {
            try here()
            try then()
            return context.respond(Empty())
        }
        try ask(there, of: runtime) { error in
            do {
                // A container that has ended meanwhile needs nothing any more.
                if let error, try !ProcessDescriptor.waitUntilEnded(launched.pidfd.raw, milliseconds: 0) { throw error }
                try then()
                context.respond(Empty())
            } catch {
                context.fail(wireError(error))
            }
        }
    }
}
