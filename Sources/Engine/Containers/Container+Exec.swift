import BerthAPI
import JSONRPC
import LinuxSystem
import Supervisor

extension Container {
    /// The exit code of an exec whose container has ended first.
    private static let lost = 137

    func exec(_ config: ExecConfig, attach: AttachRequest?) async throws -> (ContainerExec.Result, [SharedDescriptor]) {
        let shim = try runningShim()
        guard !isPaused else { throw refusal("is paused, unpause the container before exec") }
        guard config.arguments.first?.isEmpty == false else {
            throw BerthError(.invalidArgument, "exec: no command specified")
        }
        let key = Identifier.make()
        let command = config.arguments.joined(separator: " ")
        await note(event("exec_create: \(command)", ["execID": key]))
        let reply = try await shim.call(ShimExec(exec: key, config: config, attach: attach))
        await note(event("exec_start: \(command)", ["execID": key]))
        follow(exec: key, in: shim)
        return (.init(exec: key, pid: reply.result.pid), reply.descriptors)
    }

    /// Notes the end of an exec, whether or not a client waits for it.
    func follow(exec key: String, in shim: ShimClient) {
        execs.begin(key)
        publish { $0.detail.execIDs = execs.running }
        Task {
            let exit = try? await shim.call(ShimExecWait(exec: key), timeout: .seconds(1 << 30)).result
            await self.ended(exec: key, exit?.exitCode ?? Self.lost)
        }
    }

    private func ended(exec key: String, _ code: Int) async {
        await note(event("exec_die", ["execID": key, "exitCode": "\(code)"]))
        execs.end(key, code)
        publish { $0.detail.execIDs = execs.running }
    }

    /// - Returns: The exec's exit code; 137 when the container ended first.
    func execWait(_ key: String) async throws -> Int {
        if let exit = execs[key] { return await exit.value }
        // One that ended before this daemon had begun is known to the shim.
        guard record.phase == .running, let shim else {
            throw noExec(key)
        }
        return try await shim.call(ShimExecWait(exec: key)).result.exitCode
    }

    func noExec(_ key: String) -> BerthError {
        BerthError(.notFound, "no such exec instance: \(key)", object: "exec \(key)")
    }
}
