import LinuxSystem
import OCISpec

/// What the kernel grants a process: limits and a place among others.
extension ProgramSetup {
    func setLimits(_ reporter: Reporter) throws(LaunchError) {
        for limit in process.rlimits ?? [] {
            let outcome: ResourceLimits.Outcome
            do {
                outcome = try ResourceLimits.set(limit.type, soft: limit.soft, hard: limit.hard)
            } catch {
                throw LaunchError(error, "limit \(limit.type)")
            }
            if case .lowered(let soft, let hard) = outcome {
                try reporter.send(
                    Report.warning,
                    "\(limit.type) \(limit.soft):\(limit.hard) is more than this host allows; set to \(soft):\(hard)")
            }
        }
    }

    /// How a process, 0 for this one, is scheduled and how its I/O is. Only who has the right on the host may raise
    /// either, which nobody in a user namespace has.
    func setPriorities(of pid: CInt = 0) throws(LaunchError) {
        if let scheduler = process.scheduler {
            let policy = try SchedulingPolicy(scheduler)
            try during("process.scheduler \(scheduler.policy)") { () throws(SystemError) in
                try Scheduling.set(policy.attributes, of: pid)
            }
        }
        if let priority = process.ioPriority {
            let value = try priority.value()
            try during("process.ioPriority \(priority.class)") { () throws(SystemError) in
                try Scheduling.setIOPriority(value, of: pid)
            }
        }
    }
}
