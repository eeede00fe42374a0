public import LinuxSystem
public import OCISpec

extension Container {
    /// Sends a signal to the first process, or to every process of the container.
    public func kill(_ signal: CInt, all: Bool = false) throws(LaunchError) {
        do {
            if all, let cgroup {
                try cgroup.signalAll(signal)
            } else {
                try ProcessDescriptor.signal(pidfd.raw, signal)
            }
        } catch  where error.errno == .noProcess {
            throw LaunchError(.state, "\(id): container not running", error.errno)
        } catch {
            throw LaunchError(error, "kill \(id)")
        }
    }

    /// Stops all processes where they are. Returns when they stand still.
    public func pause() throws(LaunchError) {
        try withCgroup("pause") { (cgroup) throws(SystemError) in try cgroup.freeze() }
    }

    public func resume() throws(LaunchError) {
        try withCgroup("resume") { (cgroup) throws(SystemError) in try cgroup.thaw() }
    }

    /// Changes limits while the container runs; what is absent stays. When one is refused, all are as before.
    public func update(_ resources: RuntimeSpec.Resources) throws(LaunchError) {
        guard let cgroup else { throw noCgroup }
        if cgroup.layout.version == .v1 { try extendCgroup(for: try ResourcePlan(resources, .v1).controllers) }
        guard let cgroup = self.cgroup else { throw noCgroup }
        let before = try during("limits") { () throws(SystemError) in try LimitSnapshot(cgroup) }
        do {
            try cgroup.apply(resources)
        } catch {
            try during("the limits before") { () throws(SystemError) in try before.restore() }
            throw error
        }
    }

    public func statistics() throws(LaunchError) -> CgroupStatistics {
        try withCgroup("statistics") { (cgroup) throws(SystemError) in try cgroup.statistics() }
    }

    /// Processes of the container, by their numbers in this pid namespace.
    public func processes() throws(LaunchError) -> [CInt] {
        try withCgroup("processes") { (cgroup) throws(SystemError) in try cgroup.processes() }
    }

    /// Removes the cgroup, kills what is left in it and runs the poststop hooks. Returns what went wrong in those.
    public func delete() throws(LaunchError) -> [String] {
        do {
            try cgroup?.remove()
        } catch {
            throw LaunchError(error, "delete \(id)")
        }
        return hooks?.runAll(.poststop) ?? []
    }

    private func withCgroup<R>(
        _ what: String, _ body: (Cgroup) throws(SystemError) -> R
    ) throws(LaunchError) -> R {
        guard let cgroup else { throw noCgroup }
        do {
            return try body(cgroup)
        } catch {
            throw LaunchError(error, "\(what) \(id)")
        }
    }

    private var noCgroup: LaunchError { LaunchError(.state, "container \(id) has no control group") }
}
