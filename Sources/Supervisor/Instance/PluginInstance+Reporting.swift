import BerthAPI
import Confinement
import JSON
import JSONRPC
import LinuxSystem

extension PluginInstance {
    func info(withManifest: Bool) -> PluginInfo {
        let definition = definition
        let (manifest, package) = (definition.manifest, definition.package)
        var info = PluginInfo(
            name: name, package: manifest.name, version: manifest.version, kinds: manifest.kinds.map(\.rawValue),
            executable: package.executable, socket: socket.path)
        info.restarts = restarts
        info.lastError = lastError
        info.digest = package.digest
        info.failurePolicy = definition.failurePolicy
        (info.calls, info.failures) = statistics.values
        if withManifest {
            info.manifest = manifest
            info.configuration = definition.configuration
            info.stateVersion = environment.stateVersion(name)
            info.confinement = confinement(of: definition)
        }
        info.state = state
        if let process = currentProcess {
            info.pid = Int(process.pid)
            info.startedAt = startedAt
        }
        return info
    }

    /// Its breaker is open, and no process has shaken hands since.
    var isDegraded: Bool { policy.isOpen && currentProcess == nil }

    private func confinement(of definition: PluginDefinition) -> PluginConfinement? {
        guard let directories = try? environment.directories(of: name) else { return nil }
        return environment.confiner?.enforced(on: definition.confined(name, directories))
    }

    /// By what its manifest says now.
    nonisolated var answerBounds: AnswerBounds {
        AnswerBounds(definition.confined(name, environment.paths(of: name)))
    }

    nonisolated var isConfined: Bool { environment.confiner?.confines(name) ?? false }

    private var state: PluginState {
        switch phase {
        case .idle: .idle
        case .starting: .starting
        case .running, .backoff: policy.isOpen ? .degraded : isBackingOff ? .backoff : .running
        case .drained: .drained
        case .switching: .switching
        case .disabled: .disabled
        case .stopped: .stopped
        }
    }

    private var isBackingOff: Bool {
        if case .backoff = phase { return true }
        return false
    }

    private var currentProcess: PluginProcess? {
        switch phase {
        case .running(let process), .drained(let process): process
        default: nil
        }
    }

    /// Counters, latencies, and what the kernel and the plugin itself say of the process.
    func entry() async -> PluginStatistics.Entry {
        let (calls, failures) = statistics.values
        var entry = PluginStatistics.Entry(name: name, calls: calls, failures: failures)
        entry.p50 = statistics.percentile(50)
        entry.p99 = statistics.percentile(99)
        guard let process = currentProcess else { return entry }
        entry.pid = Int(process.pid)
        let usage = ProcessUsage(pid: process.pid)
        entry.memory = usage?.proportionalSetSize
        entry.processorTime = usage?.processorMilliseconds
        if let own = try? await process.connection.call(PluginStats(), timeout: .seconds(2)) {
            entry.active = own.active
            entry.details = own.details
        }
        return entry
    }

    /// Lets a call meet the fault that was asked for.
    nonisolated func meetFault(_ method: String, _ process: PluginProcess) async throws {
        switch faults.next(method) {
        case .none: return
        case .delay(let delay): try await Task.sleep(for: delay)
        case .fail(let error): throw error
        case .kill: process.kill(because: "a fault was asked for")
        }
    }

    /// - Returns: whether it took a fresh process.
    func configure(_ next: PluginDefinition) async throws -> Bool {
        try ConfigurationSchema.validate(next.configuration, against: next.manifest.configuration)
        let changed = next.configuration != definition.configuration
        guard changed, let process = currentProcess else {
            definition = next
            return false
        }
        // A running process cannot be shown other files.
        if confinement(of: next) != confinement(of: definition) {
            try await replace(with: next)
            return true
        }
        do {
            _ = try await process.connection.call(
                PluginConfigure(configuration: next.configuration), timeout: .seconds(10))
            definition = next
            return false
        } catch {
            let refusal = BerthError(caught: error)
            guard refusal.kind == .failedPrecondition || refusal.kind == .unimplemented else { throw refusal }
            try await replace(with: next)
            return true
        }
    }
}
