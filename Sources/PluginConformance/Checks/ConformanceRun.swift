import BerthAPI
import LinuxSystem

/// Runs the suites of a plugin's kinds, one check after another, each on a process and folders of its own.
public struct ConformanceRun: Sendable {
    public var source: TestedPlugin
    public var settings: ConformanceSettings
    /// Suites to run; empty for `common` and those of the plugin's kinds.
    public var kinds: [PluginKind] = []
    /// Text that the names of checks, with their kind before, contain.
    public var filter: String?

    public init(_ source: TestedPlugin, _ settings: ConformanceSettings = ConformanceSettings()) {
        self.source = source
        self.settings = settings
    }

    /// After an interruption the report has the checks up to there.
    ///
    /// - Parameter tell: is told of each result as it comes.
    public func run(_ tell: (CheckResult) -> Void = { _ in }) -> ConformanceReport {
        var report = ConformanceReport(plugin: source.name, executable: source.executable)
        let handshake = firstHandshake()
        for check in selection(handshake) where !settings.interruption.isSet {
            let result = run(check, handshake)
            report.results.append(result)
            tell(result)
        }
        return report
    }

    /// What the plugin says of itself; nil when it cannot be brought to.
    private func firstHandshake() -> PluginInitialize.Result? {
        // Its kinds are not known for sure: it is isolated as long as it does not have to be elsewhere.
        guard let bench = try? Bench(source, settings, isolated: isRoot) else { return nil }
        defer { try? bench.close() }
        _ = try? bench.session
        return bench.handshake
    }

    private func selection(_ handshake: PluginInitialize.Result?) -> [ConformanceCheck] {
        let own = source.manifest?.kinds ?? handshake?.kinds ?? []
        let chosen = kinds.isEmpty ? [.common] + own : kinds
        return ConformanceCheck.all.filter { check in
            // Says what is wrong, whatever was asked for.
            if handshake == nil, isHandshake(check) { return true }
            guard chosen.contains(check.kind) else { return false }
            guard let filter else { return true }
            return "\(check.kind) \(check.name)".contains(filter)
        }
    }

    private func isHandshake(_ check: ConformanceCheck) -> Bool { check.kind == .common && check.name == "handshake" }

    private var isRoot: Bool { CurrentProcess.uid == 0 }

    private func isNetwork(_ handshake: PluginInitialize.Result?) -> Bool {
        (source.manifest?.kinds ?? handshake?.kinds ?? [.network]).contains(.network)
    }

    // MARK: One check

    private func run(_ check: ConformanceCheck, _ handshake: PluginInitialize.Result?) -> CheckResult {
        let start = MonotonicTime.now
        let outcome = reasonToSkip(check, handshake).map { .skipped($0) } ?? attempt(check, handshake)
        return CheckResult(check: check, outcome: outcome, duration: .now - start)
    }

    private func reasonToSkip(_ check: ConformanceCheck, _ handshake: PluginInitialize.Result?) -> String? {
        if check.needsRoot, !isRoot { return "it needs root" }
        guard let handshake else { return isHandshake(check) ? nil : "the handshake failed" }
        guard let capability = check.capability, !handshake.capabilities.contains(capability) else { return nil }
        return "the plugin does not name the capability \(capability)"
    }

    private func attempt(_ check: ConformanceCheck, _ handshake: PluginInitialize.Result?) -> CheckResult.Outcome {
        do {
            let bench = try Bench(source, settings, isolated: isRoot && isNetwork(handshake))
            defer { try? bench.close() }
            do {
                try check.body(bench)
                // Ended, so that all that it tried is known.
                bench.kill()
                guard bench.cells?.violation == nil else { throw Violation("the check itself saw nothing wrong") }
                return .passed
            } catch let skip as Skip {
                return .skipped(skip.reason)
            } catch {
                if settings.interruption.isSet { return .skipped("interrupted") }
                return .failed(failure(error, bench))
            }
        } catch {
            return .failed(CheckResult.Failure(reason: "the check could not be set up: \(error)"))
        }
    }

    private func failure(_ error: any Error, _ bench: Bench) -> CheckResult.Failure {
        var reason = (error as? BerthError).map { "\($0) (\($0.kind))" } ?? "\(error)"
        switch bench.process?.exitStatus {
        case .exited(let code): reason += "; the process has exited with status \(code)"
        case .signaled(let signal, _): reason += "; the process was ended by signal \(signal)"
        case nil: break
        }
        if let tried = bench.cells?.violation {
            reason += "; it was stopped: it tried \(tried), which its manifest does not ask for"
        }
        let log = bench.written(to: "stderr").split(separator: "\n").suffix(5).joined(separator: "\n")
        return CheckResult.Failure(
            reason: reason, request: bench.transcript.request, answer: bench.transcript.answer,
            log: log.isEmpty ? nil : log)
    }
}
