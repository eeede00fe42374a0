import BerthAPI
import JSONRPC
import LinuxSystem
import Supervisor

extension Router {
    func addPlugins(_ engine: Engine) {
        let (supervisor, plugins) = (engine.supervisor, engine.plugins)
        onAsync(PluginList.self) { _, _ in await supervisor.list() }
        onAsync(PluginInspect.self) { request, _ in try await supervisor.inspect(request.name) }
        onAsync(PluginExamine.self) { request, _ in try await plugins.examine(request) }
        onOperation(PluginInstall.self, engine.operations) { request, _ in try await plugins.install(request) }
        onOperation(PluginPush.self, engine.operations) { request, _ in try await plugins.push(request) }
        onOperation(PluginUpgrade.self, engine.operations) { request, _ in try await plugins.upgrade(request) }
        onOperation(PluginRollback.self, engine.operations) { request, _ in try await supervisor.rollback(request.name)
        }
        onOperation(PluginSetConfiguration.self, engine.operations) { request, _ in
            .init(restarted: try await supervisor.configure(request))
        }
        addSwitches(engine)
        addDebugging(supervisor)
    }

    private func addSwitches(_ engine: Engine) {
        let (supervisor, plugins) = (engine.supervisor, engine.plugins)
        onOperation(PluginRemove.self, engine.operations) { request in try await plugins.remove(request) }
        onOperation(PluginEnable.self, engine.operations) { request in try await supervisor.enable(request.name) }
        onOperation(PluginDisable.self, engine.operations) { request in try await plugins.disable(request) }
        onOperation(PluginRestart.self, engine.operations) { request in try await supervisor.restart(request.name) }
        onOperation(PluginHold.self, engine.operations) { request in try await supervisor.hold(request) }
    }

    private func addDebugging(_ supervisor: Supervisor) {
        onAsync(PluginStatistics.self) { request, _ in try await supervisor.statistics(request.names) }
        onAsync(PluginCall.self) { request, _ in try await supervisor.call(request) }
        onAsync(PluginSetFault.self) { request, _ in
            try supervisor.setFault(request)
            return Empty()
        }
        onAsync(PluginLogs.self) { request, context in
            let lines = try supervisor.logs(request.name, tail: request.tail)
            guard request.follow == true else { return lines }
            let connection = context.connection
            let stop = try supervisor.follow(request.name) { line in
                connection.notify(PluginOutput(plugin: request.name, line: line))
            }
            for line in lines { connection.notify(PluginOutput(plugin: request.name, line: line)) }
            await context.untilCancelled()
            stop()
            return []
        }
        onAsync(PluginTrace.self) { request, context in
            let connection = context.connection
            let stop = try supervisor.trace(request) { connection.notify($0) }
            await context.untilCancelled()
            stop()
            return Empty()
        }
    }
}

extension RequestContext {
    /// Returns when the request is cancelled, or its connection ends.
    fileprivate func untilCancelled() async {
        let end = Promise<Void>()
        onCancel { end.fulfil(()) }
        connection.onClose { _ in end.fulfil(()) }
        await end.value
    }
}
