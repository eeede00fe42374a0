import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

/// The methods that every plugin answers.
extension Plugin {
    func declareLifecycle() {
        router.on(PluginInitialize.self, executor: pool.submit) { request, _ in try self.initialize(request) }
        router.on(PluginPing.self, executor: Router.inline) { _, _ in self.ping() }
        router.on(PluginConfigure.self, executor: pool.submit) { request, _ in
            try self.configure(request.configuration)
            return Empty()
        }
        router.on(PluginStats.self, executor: pool.submit) { _, _ in
            let body = self.hooks.withLock { $0.stats }
            return self.activity.stats(try body?(self.driver))
        }
        router.onDeferred(PluginDrain.self) { _, context in self.drain { context.respond(Empty()) } }
        router.onDeferred(PluginShutdown.self) { _, context in self.shutDown(context) }
        router.on(Discover.self, executor: pool.submit) { _, _ in
            OpenRPC.document(title: self.identity.name, version: self.identity.version, methods: self.router.methods)
        }
    }

    private func ping() -> PluginPing.Result {
        // Without its hook, a log driver may have streams open that nobody tells of.
        let body = hooks.withLock { $0.ping }
        let idle = body.map { body in (try? driver).map(body) ?? true } ?? !kinds.contains(.log)
        // Pings of an idle plugin come rarely.
        if idle { memory.workEnded() }
        return PluginPing.Result(idle: idle)
    }

    /// Makes the driver at the first call. At a later one, of a supervisor that came back, the driver stays, takes
    /// the configuration if that has changed, and a drained plugin takes calls again.
    private func initialize(_ request: PluginInitialize) throws -> PluginInitialize.Result {
        guard let version = ProtocolRange.current.agreed(with: request.protocolRange) else {
            let (ours, theirs) = (ProtocolRange.current, request.protocolRange)
            throw BerthError(
                .failedPrecondition,
                "\(identity.name) speaks protocol \(ours.minimum) to \(ours.maximum), "
                    + "not \(theirs.minimum) to \(theirs.maximum)")
        }
        let environment = PluginEnvironment(
            instance: request.instance, configuration: request.configuration,
            stateDirectory: request.stateDirectory, runDirectory: request.runDirectory)
        try changing.withLock { _ in
            if let existing = session.withLock({ $0 }) {
                try update(existing.environment, to: environment)
            } else {
                let driver = try makeDriver(environment)
                session.withLock { $0 = (environment, driver) }
            }
        }
        activity.resume()
        memory.workEnded()
        listener.withLock { $0 }?.start()
        return PluginInitialize.Result(
            plugin: identity, protocolVersion: version, kinds: kinds, capabilities: capabilities,
            stateVersion: stateVersion)
    }

    private func update(_ old: PluginEnvironment, to new: PluginEnvironment) throws {
        guard old.instance == new.instance, old.stateDirectory == new.stateDirectory,
            old.runDirectory == new.runDirectory
        else {
            throw BerthError(.failedPrecondition, "\(identity.name) already serves the instance \(old.instance)")
        }
        try reconfigure(new.configuration)
    }

    private func configure(_ configuration: JSON) throws {
        try changing.withLock { _ in try reconfigure(configuration) }
    }

    /// To be called with `changing` held.
    private func reconfigure(_ configuration: JSON) throws {
        let driver = try driver
        guard let old = session.withLock({ $0?.environment }), old.configuration != configuration else { return }
        guard let body = hooks.withLock({ $0.configure }) else {
            throw BerthError(.failedPrecondition, "a changed configuration of \(identity.name) needs a restart")
        }
        try body(driver, configuration)
        let environment = PluginEnvironment(
            instance: old.instance, configuration: configuration, stateDirectory: old.stateDirectory,
            runDirectory: old.runDirectory)
        session.withLock { $0 = (environment, driver) }
    }

    /// Accepts no connections and no calls from now on, and runs `done` when the last call has ended.
    func drain(_ done: @escaping @Sendable () -> Void) {
        // The connections in the backlog are for the process that takes over.
        listener.withLock { $0 }?.stop()
        activity.drain(done)
    }

    /// Answers, and ends once the answer is sent, or after a second if it is not read.
    private func shutDown(_ context: RequestContext) {
        context.connection.onClose { _ in self.loop.stop() }
        loop.schedule(after: .seconds(1)) { self.loop.stop() }
        context.respond(Empty())
        context.connection.finish(reason: "the plugin was shut down")
    }
}
