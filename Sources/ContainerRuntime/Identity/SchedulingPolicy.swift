import LinuxSystem
import OCISpec

/// `process.scheduler` as the kernel takes it (sched_setattr(2)).
struct SchedulingPolicy {
    let attributes: SchedulingAttributes

    private static let policies: [String: UInt32] = [
        "SCHED_OTHER": 0, "SCHED_FIFO": 1, "SCHED_RR": 2, "SCHED_BATCH": 3, "SCHED_ISO": 4, "SCHED_IDLE": 5,
        "SCHED_DEADLINE": 6,
    ]
    private static let flags: [String: UInt64] = [
        "SCHED_FLAG_RESET_ON_FORK": 0x1, "SCHED_FLAG_RECLAIM": 0x2, "SCHED_FLAG_DL_OVERRUN": 0x4,
        "SCHED_FLAG_KEEP_POLICY": 0x8, "SCHED_FLAG_KEEP_PARAMS": 0x10, "SCHED_FLAG_UTIL_CLAMP_MIN": 0x20,
        "SCHED_FLAG_UTIL_CLAMP_MAX": 0x40,
    ]

    init(_ scheduler: RuntimeSpec.Scheduler) throws(LaunchError) {
        let field = "process.scheduler"
        guard let policy = Self.policies[scheduler.policy] else {
            throw .invalid("\(field).policy", "\"\(scheduler.policy)\" is no scheduling policy")
        }
        var flags: UInt64 = 0
        for (index, name) in (scheduler.flags ?? []).enumerated() {
            guard let flag = Self.flags[name] else {
                throw .invalid("\(field).flags[\(index)]", "\"\(name)\" is no flag of a scheduling policy")
            }
            flags |= flag
        }
        let nice = scheduler.nice ?? 0
        try SpecValidation.check("\(field).nice", isIn: -20...19, Int(nice))
        let isRealTime = ["SCHED_FIFO", "SCHED_RR"].contains(scheduler.policy)
        let priority = scheduler.priority ?? 0
        try SpecValidation.check("\(field).priority", isIn: isRealTime ? 1...99 : 0...0, Int(priority))
        for (name, value) in [
            ("runtime", scheduler.runtime), ("deadline", scheduler.deadline), ("period", scheduler.period),
        ] where value ?? 0 != 0 && scheduler.policy != "SCHED_DEADLINE" {
            throw .invalid("\(field).\(name)", "is for SCHED_DEADLINE only")
        }
        attributes = SchedulingAttributes(
            policy: policy, flags: flags, nice: nice, priority: UInt32(priority), runtime: scheduler.runtime ?? 0,
            deadline: scheduler.deadline ?? 0, period: scheduler.period ?? 0)
    }
}

extension RuntimeSpec.IOPriority {
    private static let classes: [String: CInt] = ["IOPRIO_CLASS_RT": 1, "IOPRIO_CLASS_BE": 2, "IOPRIO_CLASS_IDLE": 3]

    /// As ioprio_set(2) takes it: the class above 13 bits of priority.
    func value() throws(LaunchError) -> CInt {
        guard let number = Self.classes[`class`] else {
            throw .invalid("process.ioPriority.class", "\"\(`class`)\" is no I/O scheduling class")
        }
        try SpecValidation.check("process.ioPriority.priority", isIn: 0...7, priority)
        return number << 13 | CInt(priority)
    }
}
