import BerthAPI
import JSONRPC
import LinuxSystem

extension Shim {
    /// Done by a copy, as launches are: the kernel may take its time to take memory back, and what reading a
    /// configuration takes goes with the copy.
    func update(_ request: ShimUpdate, _ context: RequestContext) throws {
        let (bundle, runtime) = (bundle, foreignRuntime(try running().settings))
        let number = updateCount
        updateCount += 1
        updates[number] = try Launcher(loop, keeping: []) { launcher in
            if let runtime { return try runtime.update(request.resources) }
            try launcher.update(request.resources, bundle)
        } onMessage: { [weak self] message in
            switch message {
            case .pid, .terminal, .warning: return
            case .done: context.respond(Empty())
            case .failed(let error): context.fail(error.rpcError)
            }
            self?.updates[number] = nil
        }
    }
}
