import BerthAPI
import Supervisor
import Synchronization

// What is made before the thing it has to tell: each is connected once, when that exists.

/// The supervisor's way to the engine.
final class PluginHooks: Sendable {
    private let engine = Mutex<WeakEngine>(WeakEngine())

    func connect(_ engine: Engine) { self.engine.withLock { $0.value = engine } }

    func reconcile(_ session: PluginSession, _ kinds: [PluginKind]) async {
        await engine.withLock({ $0.value })?.reconcile(session, kinds)
    }

    func ready(_ plugin: String, _ kinds: [PluginKind]) {
        guard let engine = engine.withLock({ $0.value }) else { return }
        Task { await engine.pluginIsReady(plugin, kinds) }
    }

    func changed(_ plugin: String, _ state: PluginState, _ reason: String?) {
        guard let engine = engine.withLock({ $0.value }) else { return }
        Task { await engine.pluginEvent(plugin, state.rawValue, reason.map { ["reason": $0] } ?? [:]) }
    }

    func operated(_ plugin: String, _ operation: String, _ attributes: [String: String]) {
        guard let engine = engine.withLock({ $0.value }) else { return }
        Task { await engine.pluginEvent(plugin, operation, attributes) }
    }
}

private struct WeakEngine {
    weak var value: Engine?
}

/// A container's way to its manager.
final class ForgetHook: Sendable {
    private let manager = Mutex<WeakManager>(WeakManager())

    func connect(_ manager: ContainerManager) { self.manager.withLock { $0.value = manager } }

    func forget(_ id: String) { manager.withLock { $0.value }?.forget(id) }
}

private struct WeakManager {
    weak var value: ContainerManager?
}
