import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Synchronization

/// One plugin under its logical name: started when it is needed, watched, restarted, replaced, and called.
///
/// ```
///   idle ──call──▶ starting ──handshake──▶ running ──drain──▶ drained
///    ▲                │  ▲                 │  ▲  │              │
///    │              fails│                dies│  └─▶ switching ◀┘   another process takes over
///  enable             ▼  │                 │  │
///    │              backoff ◀──────────────┘  └── (the old one again, when the new one fails)
///  disabled, stopped
/// ```
///
/// At most one process works on the state directory at any time.
actor PluginInstance {
    /// Where it is in its life, with what belongs to that.
    enum Phase {
        case idle
        case starting
        case running(PluginProcess)
        /// Takes no calls until it is resumed: they wait.
        case drained(PluginProcess)
        /// One process ends and another begins: calls wait.
        case switching
        case backoff(until: MonotonicTime)
        case disabled
        case stopped
    }

    nonisolated let name: String
    nonisolated let statistics = CallStatistics()
    nonisolated let output = OutputHistory()
    nonisolated let wire = WireTap()
    nonisolated let faults = WireFaults()
    private nonisolated let current: Mutex<PluginDefinition>
    let environment: InstanceEnvironment
    let logger: Logger
    var socket: PluginSocket
    var phase: Phase {
        didSet { phaseChanged() }
    }
    var policy = RestartPolicy()
    var restarts = 0
    var startedAt: Timestamp?
    var lastError: String?
    /// Whether an operator's operation on it runs: one at a time.
    var isBusy = false
    /// The newest start: whoever ends the plugin waits for it.
    var starter: Task<Void, Never>?
    private var watchers: [Int: Promise<Void>] = [:]
    private var watcherCount = 0

    init(
        name: String, definition: PluginDefinition, enabled: Bool = true, environment: InstanceEnvironment,
        socket: PluginSocket? = nil
    ) throws {
        self.name = name
        self.environment = environment
        current = Mutex(definition)
        phase = enabled ? .idle : .disabled
        self.socket = try socket ?? PluginSocket(path: environment.socketPath(of: name))
        var logger = environment.logger
        logger[metadataKey: "plugin"] = "\(name)"
        self.logger = logger
    }

    nonisolated var definition: PluginDefinition {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }

    // MARK: Calls

    /// A process that has shaken hands, started when need be.
    ///
    /// - Throws: `unavailable` when there is none before the deadline, or at once while the breaker is open and the
    ///   failure policy is `fail`.
    func process(before deadline: MonotonicTime) async throws -> PluginProcess {
        while true {
            switch phase {
            case .running(let process): return process
            case .stopped: throw unavailable("is stopped")
            case .disabled: throw unavailable("is disabled", hint: "enable it with: berth plugin enable \(name)")
            case .idle:
                begin()
                try await phaseChange(before: deadline, "is being started")
            case .starting: try await phaseChange(before: deadline, "is being started")
            case .drained: try await phaseChange(before: deadline, "is drained")
            case .switching: try await phaseChange(before: deadline, "is being replaced")
            case .backoff(let until):
                if policy.isOpen, definition.failurePolicy != .queue { throw unavailable("is degraded") }
                if .now >= until { begin() }
                try await phaseChange(before: min(deadline, max(until, .now + .milliseconds(1))), nil)
                guard .now < deadline else { throw unavailable("is being restarted") }
            }
        }
    }

    /// Whether calls to this process belong to its successor by now.
    func hasReplaced(_ process: PluginProcess) -> Bool { !isRunning(process) }

    func isRunning(_ process: PluginProcess) -> Bool {
        if case .running(let running) = phase { return running === process }
        return false
    }

    func unavailable(_ what: String, hint: String? = nil) -> BerthError {
        let reason = lastError.map { ": \($0)" } ?? ""
        return BerthError(.unavailable, "plugin \(name) \(what)\(reason)", plugin: name, hint: hint)
    }

    // MARK: Waiting

    /// Returns when the phase has changed.
    ///
    /// - Parameter what: what is said when it has not before the deadline; nil to return then too.
    private func phaseChange(before deadline: MonotonicTime, _ what: String?) async throws {
        watcherCount += 1
        let (number, change) = (watcherCount, Promise<Void>())
        watchers[number] = change
        let timer = environment.loop.schedule(at: deadline) { change.fulfil(()) }
        await change.value
        environment.loop.cancel(timer)
        guard watchers.removeValue(forKey: number) != nil, let what else { return }
        throw unavailable(what)
    }

    private func phaseChanged() {
        let waiting = watchers.values
        watchers = [:]
        for watcher in waiting { watcher.fulfil(()) }
    }
}
