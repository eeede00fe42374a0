import BerthAPI
import JSONRPC
import Supervisor

/// One sort of object, compared with its drivers and with the host.
protocol Check: Sendable {
    /// As findings name it.
    var name: String { get }

    /// Changes nothing.
    ///
    /// - Throws: what kept it from looking.
    func run() async throws -> [Problem]
}

/// A finding, and how to mend it.
struct Problem: Sendable {
    var finding: CheckFinding
    /// Does what the finding's `repair` says, and no more; safe to repeat.
    var mend: (@Sendable () async throws -> Void)?
}

extension Check {
    func problem(
        _ severity: CheckFinding.Severity, _ object: String, plugin: String? = nil, _ message: String,
        repair: String? = nil, mend: (@Sendable () async throws -> Void)? = nil
    ) -> Problem {
        let finding = CheckFinding(
            check: name, object: object, plugin: plugin, severity: severity, message: message, repair: repair)
        return Problem(finding: finding, mend: mend)
    }

    func notChecked(_ object: String, plugin: String? = nil, because error: any Error) -> Problem {
        problem(.warning, object, plugin: plugin, "not checked: \(error)")
    }
}

/// The drivers of one kind, as a check asks them: each call has a short deadline, and one that is away is a finding.
struct CheckedDrivers: Sendable {
    /// How long a driver may take for one answer.
    static let patience = Duration.seconds(5)

    let plugins: any PluginCaller
    let kind: PluginKind

    func call<M: Method>(_ method: M, on driver: String) async throws -> M.Result {
        try await plugins.call(method, on: driver, timeout: Self.patience)
    }

    /// - Returns: nil when the driver says that it has no such object.
    func find<M: Method>(_ method: M, on driver: String) async throws -> M.Result? {
        do {
            return try await call(method, on: driver)
        } catch let error as BerthError where error.kind == .notFound && error.object != "plugin \(driver)" {
            return nil
        }
    }

    /// Looks at every driver of the kind and at those that objects name, all at once. Nothing is concluded about the
    /// objects of one that is missing or away.
    func each(
        _ check: some Check, named: some Sequence<String>,
        _ look: @escaping @Sendable (String) async throws -> [Problem]
    ) async -> [Problem] {
        let present = Set(plugins.plugins(of: kind))
        return await withTaskGroup(of: (String, [Problem]).self) { group in
            for driver in present.union(named) {
                guard present.contains(driver) else {
                    let missing = BerthError(.notFound, "there is no \(kind) plugin \(driver)")
                    let problem = check.notChecked("plugin \(driver)", plugin: driver, because: missing)
                    group.addTask { (driver, [problem]) }
                    continue
                }
                group.addTask {
                    do {
                        return (driver, try await look(driver))
                    } catch {
                        return (driver, [check.notChecked("plugin \(driver)", plugin: driver, because: error)])
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.flatMap(\.1)
        }
    }
}
