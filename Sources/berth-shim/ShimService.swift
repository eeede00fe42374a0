import BerthAPI
import JSONRPC
import LinuxSystem

/// The shim's methods (`Sources/BerthAPI/Kinds/Shim.swift`), each answered on the loop.
enum ShimService {
    static func router(for shim: Shim) -> Router {
        let router = Router(errorMapper: wireError)
        declareLifecycle(router, shim)
        declareStreams(router, shim)
        declareControl(router, shim)
        return router
    }

    private static func declareLifecycle(_ router: Router, _ shim: Shim) {
        router.onDeferred(ShimCreate.self) { _, context in answering(context) { try shim.create(context) } }
        router.onDeferred(ShimStart.self) { request, context in
            answering(context) { try shim.start(request, context) }
        }
        router.on(ShimState.self) { _, context in
            shim.subscribe(context.connection)
            return shim.state()
        }
        router.onDeferred(ShimDelete.self) { _, context in shim.delete(context) }
    }

    private static func declareStreams(_ router: Router, _ shim: Shim) {
        router.on(ShimAttach.self) { request, context in
            context.send(try shim.attach(request))
            return Empty()
        }
        router.on(ShimLogStream.self) { _, context in
            guard let stream = context.takeDescriptor() else {
                throw BerthError(.invalidArgument, "shim.logStream needs the log stream's descriptor")
            }
            try shim.replaceLogStream(stream)
            return Empty()
        }
        router.on(ShimResize.self) { request, _ in
            try shim.resize(TerminalSize(rows: request.rows, columns: request.columns), exec: request.exec)
            return Empty()
        }
    }

    private static func declareControl(_ router: Router, _ shim: Shim) {
        router.onDeferred(ShimExec.self) { request, context in
            answering(context) { try shim.exec(request, context) }
        }
        router.onDeferred(ShimExecWait.self) { request, context in
            answering(context) { try shim.execs.find(request.exec).wait(context) }
        }
        router.onDeferred(ShimKill.self) { request, context in
            answering(context) { try shim.kill(request, context) }
        }
        router.onDeferred(ShimPause.self) { _, context in answering(context) { try shim.pause(context) } }
        router.onDeferred(ShimResume.self) { _, context in answering(context) { try shim.resume(context) } }
        router.onDeferred(ShimUpdate.self) { request, context in
            answering(context) { try shim.update(request, context) }
        }
    }

    /// A handler that answers later answers at once what it throws.
    private static func answering(_ context: RequestContext, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            context.fail(wireError(error))
        }
    }
}
