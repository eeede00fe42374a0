import JSON
import LinuxSystem
import OCISpec

/// A container's hooks, and what they are told of it.
struct ContainerHooks: Codable, Hashable, Sendable {
    var id: String
    var bundle: String
    var annotations: [String: String]?
    var hooks: RuntimeSpec.Hooks

    func has(_ stages: HookStage...) -> Bool { stages.contains { !$0.hooks(hooks).isEmpty } }

    /// What is still to come once the container runs.
    var afterStart: ContainerHooks? {
        guard has(.poststart, .poststop) else { return nil }
        var rest = self
        rest.hooks = RuntimeSpec.Hooks()
        rest.hooks.poststart = hooks.poststart
        rest.hooks.poststop = hooks.poststop
        return rest
    }

    func state(_ status: String, pid: CInt) -> ContainerState {
        ContainerState(id: id, status: status, pid: pid, bundle: bundle, annotations: annotations)
    }

    /// Runs a stage's hooks in their order, up to the first that fails.
    ///
    /// - Parameters:
    ///   - pid: the container's first process, as those who run see it.
    ///   - folder: where they run; this process's own folder when absent.
    func run(_ stage: HookStage, pid: CInt, in folder: SharedDescriptor? = nil) throws(LaunchError) {
        for (index, hook) in stage.hooks(hooks).enumerated() {
            try run(hook, "hooks.\(stage.rawValue)[\(index)]", state(stage.status, pid: pid), folder)
        }
    }

    /// Runs all of a stage's hooks, whatever becomes of them; returns what went wrong.
    func runAll(_ stage: HookStage) -> [String] {
        var warnings: [String] = []
        for (index, hook) in stage.hooks(hooks).enumerated() {
            do {
                try run(hook, "hooks.\(stage.rawValue)[\(index)]", state(stage.status, pid: 0), nil)
            } catch {
                warnings.append(error.message)
            }
        }
        return warnings
    }

    private func run(
        _ hook: RuntimeSpec.Hook, _ field: String, _ state: ContainerState, _ folder: SharedDescriptor?
    ) throws(LaunchError) {
        let output = try during(field) { () throws(SystemError) in try memoryFile([]) }
        let status = try during(field) { () throws(SystemError) -> ExitStatus? in
            var request = SpawnRequest(
                .path(hook.path), arguments: hook.args ?? [hook.path], environment: hook.env ?? [])
            request.descriptors = [0: try memoryFile(state.json.serialized()), 1: output, 2: output]
            request.directory = folder
            request.processGroup = 0
            let process = try spawn(request)
            let limit = hook.timeout.map { CInt(min($0, Self.longestTimeout) * 1000) }
            if let limit, try !ProcessDescriptor.waitUntilEnded(process.pidfd.raw, milliseconds: limit) {
                ProcessGroup.signal(process.pid, 9)
                _ = try ProcessDescriptor.wait(process.pidfd.raw)
                return nil
            }
            return try ProcessDescriptor.wait(process.pidfd.raw)
        }
        guard let status else {
            throw LaunchError(.system, "\(field): \(hook.path) has not ended within \(hook.timeout ?? 0) s")
        }
        guard status.code != 0 else { return }
        let words = try during(field) { () throws(SystemError) in try Self.lastWords(output) }
        throw LaunchError(
            .system, "\(field): \(hook.path) ended with code \(status.code)\(words.isEmpty ? "" : ": \(words)")")
    }

    /// Seconds: what poll(2) takes.
    private static let longestTimeout = 2_000_000
    /// Bytes of a failed hook's output that its error has.
    private static let longestOutput = 1024

    private static func lastWords(_ output: SharedDescriptor) throws(SystemError) -> String {
        let all = try RegularFile.readAll(output.raw, limit: 16 << 20)
        return String(decoding: all.suffix(longestOutput), as: UTF8.self).split(separator: "\n").joined(separator: "; ")
    }
}
