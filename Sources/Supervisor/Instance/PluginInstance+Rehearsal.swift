import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

extension PluginInstance {
    /// Runs a definition on a scratch state, before it is trusted with the real one: handshake, ping, a method that
    /// nobody has, figures, an orderly end. What it does to the instance that runs: nothing.
    func rehearse(_ next: PluginDefinition) async throws {
        let scratch = try environment.scratchDirectory(of: name)
        defer { try? removeDirectory(scratch) }
        try makeDirectory("\(scratch)/state")
        try makeDirectory("\(scratch)/run")
        let process: PluginProcess
        do {
            process = try spawn(
                next, on: try PluginSocket(path: "\(scratch)/plugin.sock"), ("\(scratch)/state", "\(scratch)/run"))
        } catch {
            throw rehearsalFailure(next, "\(error)")
        }
        do {
            let request = PluginInitialize(
                instance: name, supervisor: environment.identity, configuration: next.configuration,
                stateDirectory: "\(scratch)/state", runDirectory: "\(scratch)/run")
            _ = try await process.initialize(request, expecting: next.manifest)
            try await examine(process)
            await process.shutdown(grace: .seconds(2))
        } catch {
            throw rehearsalFailure(next, await reason(of: error, process))
        }
        process.kill(because: "shut down")
        _ = await process.end()
    }

    private func examine(_ process: PluginProcess) async throws {
        _ = try await process.connection.call(PluginPing(), timeout: .seconds(2))
        do {
            _ = try await process.connection.reply(method: "plugin.nosuch", params: [:], timeout: .seconds(2))
            throw BerthError(.failedPrecondition, "it answers a method that does not exist")
        } catch let error as RPCError {
            guard error.code == RPCError.methodNotFoundCode else {
                throw BerthError(
                    .failedPrecondition, "it answers a method that does not exist with \(error.code), not -32601")
            }
        }
        _ = try await process.connection.call(PluginStats(), timeout: .seconds(2))
    }

    private func rehearsalFailure(_ next: PluginDefinition, _ reason: String) -> BerthError {
        BerthError(
            .failedPrecondition,
            "\(next.manifest.name) \(next.manifest.version) failed its rehearsal: \(reason)", plugin: name,
            hint: "nothing was changed; see berth plugin logs \(name), and berth plugin test")
    }
}
