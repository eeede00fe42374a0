import CLinux

/// How a process is scheduled (sched_setattr(2)). Times in nanoseconds, for SCHED_DEADLINE.
public struct SchedulingAttributes: Hashable, Sendable {
    public var policy: UInt32
    public var flags: UInt64
    public var nice: Int32
    public var priority: UInt32
    public var runtime: UInt64
    public var deadline: UInt64
    public var period: UInt64

    public init(
        policy: UInt32, flags: UInt64 = 0, nice: Int32 = 0, priority: UInt32 = 0, runtime: UInt64 = 0,
        deadline: UInt64 = 0, period: UInt64 = 0
    ) {
        self.policy = policy
        self.flags = flags
        self.nice = nice
        self.priority = priority
        self.runtime = runtime
        self.deadline = deadline
        self.period = period
    }
}

/// Priorities of a process, by its number in this pid namespace; 0 is the running one.
public enum Scheduling {
    public static func set(_ attributes: SchedulingAttributes, of pid: CInt = 0) throws(SystemError) {
        try systemCall("sched_setattr", "policy \(attributes.policy)") {
            berth_set_scheduling(
                pid, attributes.policy, attributes.flags, attributes.nice, attributes.priority, attributes.runtime,
                attributes.deadline, attributes.period)
        }
    }

    /// Class and level in one number (ioprio_set(2)).
    public static func setIOPriority(_ priority: CInt, of pid: CInt = 0) throws(SystemError) {
        try systemCall("ioprio_set", "\(priority)") { berth_set_io_priority(pid, priority) }
    }
}
