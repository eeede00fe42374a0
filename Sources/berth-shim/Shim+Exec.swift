import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

extension Shim {
    /// How long processes that an exec left behind may keep its outputs open before its end is told.
    private static let execDrainTime = Duration.milliseconds(100)

    func exec(_ request: ShimExec, _ context: RequestContext) throws {
        if let known = execs[request.exec] { return known.waitForLaunch(context) }
        guard !request.config.arguments.isEmpty else {
            throw BerthError(.invalidArgument, "an exec needs a program")
        }
        let launched = try running()
        guard !isPaused else { throw refusal("is paused: unpause it first") }
        let streams = makeStreams(request)
        let terminal = request.config.terminal == true
        let pipes = terminal ? nil : try streams.connectPipes(input: request.attach?.stdin == true)
        let process = ExecProcess(key: request.exec, streams: streams)
        if let attach = request.attach { context.send(try streams.attach(attach)) }
        let (bundle, size) = (bundle, request.attach?.terminalSize)
        let runtime = foreignRuntime(launched.settings)
        process.launcher = try Launcher(loop, keeping: pipes?.all ?? []) { launcher in
            if let runtime {
                return try launcher.exec(runtime, key: request.exec, request.config, size, bundle, pipes)
            }
            try launcher.exec(request.config, size, bundle, pipes)
        } onMessage: { [weak self] message in
            self?.heard(message, of: process)
        }
        execs.insert(process)
        process.waitForLaunch(context)
        if let timeout = request.timeout {
            process.limit(.milliseconds(timeout), loop) { [weak self] in self?.timeIsOver(request.exec) }
        }
    }

    /// The daemon that set the limit may be gone: it holds without it.
    private func timeIsOver(_ key: String) {
        guard let process = execs[key], process.exitCode == nil else { return }
        process.timeIsOver()
        guard let pid = process.pid else {
            process.launcher?.cancel()
            return failed(
                process, BerthError(.deadlineExceeded, "the process could not be started in time", object: "exec"))
        }
        do {
            let cgroup = try launched?.settings.cgroup()
            try ProcessFamily.kill(pid) { () throws(SystemError) in try cgroup?.processes() ?? [] }
        } catch {
            report("exec \(process.key) cannot be killed: \(error)")
        }
    }

    private func makeStreams(_ request: ShimExec) -> ProcessStreams {
        var options = ProcessStreams.Options()
        options.terminal = request.config.terminal == true
        options.stdinOnce = true
        return ProcessStreams(options, hasInput: request.attach?.stdin == true, loop: loop) { Self.report($0) }
    }

    private func heard(_ message: LauncherMessage, of process: ExecProcess) {
        do {
            switch message {
            case .pid(let pid): try process.hasPID(pid)
            case .warning(let text): report("exec \(process.key): \(text)")
            case .terminal(let master):
                process.terminal = master
                try process.streams?.connectTerminal(master)
            case .done:
                try process.streams?.start()
                process.launched()
            case .failed(let error): failed(process, error)
            }
        } catch {
            process.launcher?.cancel()
            failed(process, BerthError(.internal, "\(error)"))
        }
    }

    /// There is no such exec, as if it had never been asked for.
    private func failed(_ process: ExecProcess, _ error: BerthError) {
        execs.remove(process.key)
        process.unlimit(loop)
        process.streams?.finish(within: .zero) {}
        process.failed(error)
    }

    func execEnded(_ pid: CInt, _ status: ExitStatus) {
        guard let process = execs.running(pid), let streams = process.streams else { return }
        process.unlimit(loop)
        streams.finish(within: Self.execDrainTime) { [weak self] in
            process.ended(Int(status.code))
            self?.execs.noteEnd(of: process)
            streams.whenSilent { process.forgetStreams() }
        }
    }
}
