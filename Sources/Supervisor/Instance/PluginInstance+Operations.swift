import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging

// What operators do with a plugin while others call it.

extension PluginInstance {
    /// How long calls that run may go on when another process is to take over; what still runs then is cut off and
    /// repeated on the successor (every method is idempotent).
    static let drainTime = Duration.seconds(2)
    /// How long a process may take to end after it was asked.
    private static let shutdownTime = Duration.seconds(5)

    /// Runs one operation at a time.
    private func exclusively<Value>(_ body: () async throws -> Value) async throws -> Value {
        guard !isBusy else {
            throw BerthError(.conflict, "plugin \(name) is being changed by somebody else", object: "plugin \(name)")
        }
        isBusy = true
        defer { isBusy = false }
        return try await body()
    }

    // MARK: Replacing

    /// Has another definition take over: a new version, a changed configuration, or the same again.
    ///
    /// The successor is started beside the old process and rehearsed on a scratch state; then the old one finishes its
    /// calls and ends, and the successor gets the state. Calls made meanwhile wait. When the successor fails, the old
    /// definition is started again.
    func replace(with next: PluginDefinition) async throws {
        try await exclusively {
            try next.check(stateVersion: environment.stateVersion(name))
            switch phase {
            case .running(let process), .drained(let process): try await takeOver(from: process, next)
            case .disabled: definition = next
            case .stopped: throw unavailable("is stopped")
            case .idle, .starting, .switching, .backoff: try await startAnew(next)
            }
        }
    }

    private func takeOver(from old: PluginProcess, _ next: PluginDefinition) async throws {
        let previous = definition
        try await rehearse(next)
        let successorSocket = try PluginSocket(path: socket.path + ".next")
        let successor = try spawn(next, on: successorSocket)
        do {
            _ = try await successor.connection.call(PluginPing(), timeout: .seconds(5))
        } catch {
            throw failure(of: next, await reason(of: error, successor))
        }
        guard isCurrent(old) else {
            successor.kill(because: "is not needed")
            throw unavailable("ended while it was being replaced")
        }
        phase = .switching
        await end(old, drain: Self.drainTime)
        do {
            try await greet(successor, next)
            socket = try successorSocket.moved(to: socket.path)
            definition = next
            finishSwitch(successor)
        } catch {
            let reason = await reason(of: error, successor)
            definition = previous
            goBack(because: reason)
            throw failure(of: next, reason)
        }
    }

    private func isCurrent(_ process: PluginProcess) -> Bool {
        switch phase {
        case .running(let current), .drained(let current): current === process
        default: false
        }
    }

    /// The old version once more, after its successor has failed.
    private func goBack(because reason: String) {
        logger.error("its successor failed, the old version goes on: \(reason)")
        guard case .switching = phase else { return }
        begin()
    }

    private func finishSwitch(_ process: PluginProcess) {
        guard case .switching = phase else { return process.kill(because: "is not wanted any more") }
        policy = RestartPolicy()
        lastError = nil
        adopt(process)
    }

    /// For a plugin without a working process: there is nothing to drain, and nothing to go back to but the definition.
    private func startAnew(_ next: PluginDefinition) async throws {
        let previous = definition
        if case .idle = phase, next.manifest.activation == .onDemand {
            try await rehearse(next)
            definition = next
            return
        }
        definition = next
        policy = RestartPolicy()
        if case .starting = phase {} else { begin() }
        do {
            _ = try await process(before: .now + .seconds(10))
        } catch {
            definition = previous
            throw failure(of: next, "\(error)")
        }
    }

    private func failure(of next: PluginDefinition, _ reason: String) -> BerthError {
        BerthError(
            .failedPrecondition, "\(next.manifest.name) \(next.manifest.version) was not taken: \(reason)",
            plugin: name, hint: "the plugin goes on as before; see berth plugin logs \(name)")
    }

    /// Asks a process to finish its calls and to end, and waits until it has ended.
    func end(_ process: PluginProcess, drain limit: Duration) async {
        _ = try? await process.connection.call(PluginDrain(), timeout: limit)
        await process.shutdown(grace: Self.shutdownTime)
        process.kill(because: "shut down")
        _ = await process.end()
    }

    // MARK: Draining, disabling, stopping

    /// Finishes the calls that run; new ones wait until `resume` or a restart.
    func drain(within limit: Duration) async throws {
        try await exclusively {
            guard case .running(let process) = phase else { throw unavailable("is not running") }
            phase = .drained(process)
            do {
                _ = try await process.connection.call(PluginDrain(), timeout: limit)
            } catch {
                resume(process)
                throw BerthError(caught: error)
            }
        }
        environment.onChange(name, .drained, nil)
    }

    private func resume(_ process: PluginProcess) {
        guard case .drained(let current) = phase, current === process else { return }
        Task { await greetAgain(process) }
    }

    /// A drained plugin takes calls again after a further handshake.
    private func greetAgain(_ process: PluginProcess) async {
        do {
            try await greet(process, definition)
            if isCurrent(process) { adopt(process) }
        } catch {
            process.kill(because: "\(error)")
        }
    }

    /// Lets a disabled or drained plugin work again.
    func enable() async throws {
        try await exclusively {
            switch phase {
            case .disabled:
                phase = .idle
                if definition.manifest.activation == .eager { _ = try await process(before: .now + .seconds(10)) }
            case .drained(let process): await greetAgain(process)
            default: return
            }
        }
    }

    /// Ends the process; calls fail until it is enabled.
    func disable() async throws {
        try await exclusively {
            let previous = phase
            phase = .disabled
            switch previous {
            case .running(let process), .drained(let process): await end(process, drain: Self.drainTime)
            case .starting: await starter?.value
            default: break
            }
            environment.forget(name)
        }
        environment.onChange(name, .disabled, nil)
    }

    /// For the daemon's next program: nil where no process runs.
    func handOver() -> PluginHandover? {
        guard case .running(let process) = phase else { return nil }
        return process.handover(listener: socket.listener, executable: definition.package.executable)
    }

    /// Ends the process for good: asked first, killed after the grace period. Returns when it has been reaped.
    func stop(grace: Duration) async {
        let previous = phase
        phase = .stopped
        switch previous {
        case .running(let process), .drained(let process):
            await process.shutdown(grace: grace)
            process.kill(because: "shut down")
            _ = await process.end()
            environment.forget(name)
        case .starting: await starter?.value
        default: break
        }
    }
}
