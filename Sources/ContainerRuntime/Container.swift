public import LinuxSystem
public import OCISpec

/// A container from its clone on. For a process with one thread that is the parent of the container's first process;
/// not for use from several threads.
public final class Container {
    public let id: String
    /// The first process, by its number in this pid namespace.
    public let pid: CInt
    /// Readable when the first process has ended.
    public let pidfd: SharedDescriptor
    public private(set) var cgroup: Cgroup?
    /// The terminal's master end, when the process has one; there once the container is created.
    public private(set) var terminal: SharedDescriptor?
    /// What could not be had as asked for; complete once the container is created.
    public private(set) var warnings: [String] = []

    let context: ExecContext
    /// nil for a container without hooks.
    let hooks: ContainerHooks?
    private let bundle: String
    private let annotations: [String: String]?
    private var progress: Progress

    private enum Progress {
        case settingUp(ControlChannel)
        case created(ControlChannel)
        case started
        case failed(LaunchError)
    }

    init(_ plan: LaunchPlan, pid: CInt, pidfd: SharedDescriptor, _ channel: ControlChannel) {
        id = plan.options.id
        self.pid = pid
        self.pidfd = pidfd
        cgroup = plan.cgroup
        context = plan.program.context
        hooks = plan.spec.hooks == nil ? nil : plan.hooks
        bundle = plan.options.bundle
        annotations = plan.spec.annotations
        progress = .settingUp(channel)
    }

    init(adopting record: ContainerRecord, pidfd: SharedDescriptor, cgroup: Cgroup?, context: ExecContext) {
        id = record.id
        pid = record.pid
        self.pidfd = pidfd
        self.cgroup = cgroup
        self.context = context
        hooks = record.hooks
        bundle = record.bundle
        annotations = record.annotations
        progress = .started
    }

    /// Makes the cgroup and the first process in its namespaces. When it returns, `/proc/<pid>/ns` is the sandbox's,
    /// and the process goes on to set itself up: see `waitUntilCreated`.
    ///
    /// On an error nothing is left behind.
    public static func create(_ spec: RuntimeSpec, _ options: LaunchOptions) throws(LaunchError) -> Container {
        var plan = try LaunchPlan(spec, options)
        do {
            if let cgroup = plan.cgroup {
                try during("control group \(cgroup.path)") { () throws(SystemError) in try cgroup.create() }
                try cgroup.apply(plan.limitsBeforeClone)
                plan.cgroupFiles = try during("control group") { () throws(SystemError) in try cgroup.entryFiles() }
            }
            return try clone(plan)
        } catch {
            try plan.cgroup?.discard()
            throw error
        }
    }

    private static func clone(_ plan: LaunchPlan) throws(LaunchError) -> Container {
        let (own, childs) = try during("channel") { () throws(SystemError) in try ControlChannel.pair() }
        let birthplace = try during("control group") { () throws(SystemError) in try plan.cgroup?.birthplace() }
        switch try Birth.first(plan.namespaces, cgroup: birthplace?.raw) {
        case .child: ContainerChild.run(plan, childs)
        case .parent(let pid, let pidfd):
            let container = Container(plan, pid: pid, pidfd: pidfd.shared(), own)
            try container.configureFromOutside(plan, own)
            return container
        }
    }

    /// Makes parts of the cgroup that limits need which come later than the container.
    func extendCgroup(for controllers: Set<CgroupController>) throws(LaunchError) {
        guard let cgroup, !controllers.isDisjoint(with: cgroup.left) else { return }
        self.cgroup = try during("control group \(cgroup.path)") { () throws(SystemError) in
            try cgroup.extended(by: controllers)
        }
    }

    private func configureFromOutside(_ plan: LaunchPlan, _ channel: ControlChannel) throws(LaunchError) {
        guard plan.needsParent else { return }
        do {
            warnings += try OutsideSetup(plan: plan, pid: pid).perform(channel)
        } catch {
            try abandon()
            throw error
        }
    }

    /// Waits until the first process is set up and only `start` is missing. Throws what went wrong in it, after which
    /// the process and the cgroup are gone.
    public func waitUntilCreated() throws(LaunchError) {
        guard case .settingUp(let channel) = progress else {
            if case .failed(let error) = progress { throw error }
            return
        }
        do {
            try receiveUntilReady(channel)
            progress = .created(channel)
        } catch {
            progress = .failed(error)
            try abandon()
            throw error
        }
    }

    private func receiveUntilReady(_ channel: ControlChannel) throws(LaunchError) {
        while let message = try during("set up", { () throws(SystemError) in try channel.receive() }) {
            switch message.bytes.first {
            case Report.ready: return
            case Report.warning: warnings.append(String(decoding: message.bytes.dropFirst(), as: UTF8.self))
            case Report.terminal: terminal = message.descriptor
            case Report.built:
                try hooks?.run(.prestart, pid: pid)
                try hooks?.run(.createRuntime, pid: pid)
                try during("set up") { () throws(SystemError) in try channel.send([Report.hooked]) }
            default: throw LaunchError(report: message.bytes)
            }
        }
        if let cgroup, let kills = try? cgroup.oomKills(), kills > 0 {
            throw LaunchError(
                .invalid, "the memory limit is too low for the container to start: its first process was killed")
        }
        throw LaunchError(.system, "the container's first process was killed while it was set up")
    }

    func state(_ status: String) -> ContainerState {
        ContainerState(id: id, status: status, pid: pid, bundle: bundle, annotations: annotations)
    }

    /// Lets the program begin; waits for the set-up first. Returns once it is executed and the poststart hooks have run.
    ///
    /// When the program cannot be executed or a hook fails, the error says why and the container is gone.
    public func start() throws(LaunchError) {
        try waitUntilCreated()
        guard case .created(let channel) = progress else {
            throw LaunchError(.state, "the container is already started")
        }
        do {
            let connection = try SeccompAgent.connect(context.seccomp)
            try Self.release(channel, SeccompAgent(connection, context.seccomp, pid: pid, state("created")))
            progress = .started
            try hooks?.run(.poststart, pid: pid)
        } catch {
            progress = .failed(error)
            try abandon()
            throw error
        }
    }

    /// Lets the program of a container begin that another process created with `LaunchOptions.startListener`. When a
    /// poststart hook fails, the program is killed.
    public static func start(_ record: ContainerRecord, through path: String) throws(LaunchError) {
        let settings = record.seccomp ?? SeccompSettings()
        let connection = try SeccompAgent.connect(settings)
        let channel = try during("start") { () throws(SystemError) in try ControlChannel.connect(to: path) }
        try release(channel, SeccompAgent(connection, settings, pid: record.pid, record.state("created")))
        guard let hooks = record.hooks else { return }
        do {
            try hooks.run(.poststart, pid: record.pid)
        } catch {
            try adopt(record).kill(9)
            throw error
        }
    }

    private static func release(_ channel: ControlChannel, _ agent: SeccompAgent?) throws(LaunchError) {
        do {
            try channel.send([Report.start])
        } catch  where error.errno == .brokenPipe {
            throw LaunchError(.state, "the container's first process was killed before its program began")
        } catch {
            throw LaunchError(error, "start")
        }
        try SeccompAgent.follow(channel, agent) { (message) throws(LaunchError) in
            throw LaunchError(report: message.bytes)
        }
    }

    /// Ends a container that was not started, or whose caller cannot go on with it.
    public func discard() throws(LaunchError) {
        if case .failed = progress { return }
        progress = .failed(LaunchError(.state, "container \(id) was given up"))
        try abandon()
    }

    /// Ends a process that cannot go on, takes its status, removes the cgroup, and runs the hooks for the end.
    private func abandon() throws(LaunchError) {
        try during("clean up") { () throws(SystemError) in
            try Self.end(pidfd.raw)
            try cgroup?.remove()
        }
        warnings += hooks?.runAll(.poststop) ?? []
    }

    static func end(_ pidfd: CInt) throws(SystemError) {
        do {
            try ProcessDescriptor.signal(pidfd, 9)
        } catch  where error.errno == .noProcess {
            return
        }
        _ = try ProcessDescriptor.wait(pidfd)
    }
}

extension Cgroup {
    /// Removes what a failed start made.
    fileprivate func discard() throws(LaunchError) {
        try during("clean up") { () throws(SystemError) in try remove() }
    }
}
