import BerthAPI
import ContainerRuntime
import JSONRPC
import LinuxSystem
import OCISpec
import ShimStreams

extension Shim {
    /// How long processes that an exec left behind may keep its outputs open before its end is told.
    private static let execDrainTime = Duration.milliseconds(100)

    func exec(_ request: ShimExec, _ context: RequestContext) throws -> Int {
        if let known = execs[request.exec] { return Int(known.pid) }
        guard !request.config.arguments.isEmpty else {
            throw BerthError(.invalidArgument, "an exec needs a program")
        }
        let container = try running().container
        guard !isPaused else { throw refusal("is paused: unpause it first") }
        let spec = try bundle.readSpec()
        let streams = makeStreams(request)
        let terminal = request.config.terminal == true
        let pipes = terminal ? nil : try streams.connectPipes(input: request.attach?.stdin == true)
        let user = request.config.user ?? spec.annotations?[RuntimeAnnotation.user]
        let started = try container.exec(try process(request, spec), user: user, streams: pipes)
        if let master = started.terminal { try streams.connectTerminal(master) }
        let process = ExecProcess(
            key: request.exec, pid: started.pid, pidfd: started.pidfd, terminal: started.terminal, streams: streams)
        execs.insert(process)
        if let attach = request.attach { context.send(try streams.attach(attach)) }
        try streams.start()
        return Int(started.pid)
    }

    private func makeStreams(_ request: ShimExec) -> ProcessStreams {
        var options = ProcessStreams.Options()
        options.terminal = request.config.terminal == true
        options.stdinOnce = true
        return ProcessStreams(options, hasInput: request.attach?.stdin == true, loop: loop) { Self.report($0) }
    }

    /// The container's own process description, with what the exec says instead.
    private func process(_ request: ShimExec, _ spec: RuntimeSpec) throws -> RuntimeSpec.Process {
        guard var process = spec.process else { throw BerthError(.corrupted, "config.json has no process") }
        let config = request.config
        process.args = config.arguments
        process.env = (process.env ?? []) + (config.environment ?? [])
        process.terminal = config.terminal
        process.consoleSize = request.attach?.terminalSize.map { .init(height: $0.rows, width: $0.columns) }
        if let folder = config.workingDirectory { process.cwd = folder }
        if config.privileged == true {
            let all = CapabilityNames.all
            process.capabilities = .init(bounding: all, effective: all, permitted: all)
        }
        return process
    }

    func execEnded(_ pid: CInt, _ status: ExitStatus) {
        guard let process = execs.running(pid), let streams = process.streams else { return }
        streams.finish(within: Self.execDrainTime) { [weak self] in
            process.ended(Int(status.code))
            self?.execs.noteEnd(of: process.key)
            streams.whenSilent { process.forgetStreams() }
        }
    }
}

/// Capabilities of Linux 5.9 and later (capabilities(7)).
enum CapabilityNames {
    static let all = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE", "CAP_NET_BROADCAST",
        "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER", "CAP_SYS_MODULE", "CAP_SYS_RAWIO",
        "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT", "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE",
        "CAP_SYS_RESOURCE", "CAP_SYS_TIME", "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE",
        "CAP_AUDIT_CONTROL", "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ]
}
