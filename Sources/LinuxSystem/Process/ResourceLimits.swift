import CLinux

/// Resource limits by their names (getrlimit(2)).
public enum ResourceLimits {
    private static let numbers: [String: CInt] = [
        "RLIMIT_CPU": 0, "RLIMIT_FSIZE": 1, "RLIMIT_DATA": 2, "RLIMIT_STACK": 3, "RLIMIT_CORE": 4, "RLIMIT_RSS": 5,
        "RLIMIT_NPROC": 6, "RLIMIT_NOFILE": 7, "RLIMIT_MEMLOCK": 8, "RLIMIT_AS": 9, "RLIMIT_LOCKS": 10,
        "RLIMIT_SIGPENDING": 11, "RLIMIT_MSGQUEUE": 12, "RLIMIT_NICE": 13, "RLIMIT_RTPRIO": 14, "RLIMIT_RTTIME": 15,
    ]

    public static var names: Set<String> { Set(numbers.keys) }

    public enum Outcome: Sendable {
        case set
        /// The hard limit may not be raised by this process: the highest it may have was set.
        case lowered(soft: UInt64, hard: UInt64)
    }

    /// Sets a limit of the running process; `invalid` for a name that is unknown or a soft limit above the hard one.
    public static func set(_ name: String, soft: UInt64, hard: UInt64) throws(SystemError) -> Outcome {
        guard let number = numbers[name] else { throw SystemError(.invalid, "setrlimit", name) }
        do {
            try apply(number, name, soft, hard)
            return .set
        } catch  where error.errno == .notPermitted {
            var current: (soft: UInt64, hard: UInt64) = (0, 0)
            try systemCall("getrlimit", name) { berth_get_limit(number, &current.soft, &current.hard) }
            let (lowSoft, lowHard) = (min(soft, current.hard), min(hard, current.hard))
            try apply(number, name, lowSoft, lowHard)
            return .lowered(soft: lowSoft, hard: lowHard)
        }
    }

    /// Lets the running process, and those after it, raise a limit by themselves so far; it stays as it is until then.
    public static func allow(_ name: String, upTo most: UInt64) throws(SystemError) {
        guard let number = numbers[name] else { throw SystemError(.invalid, "setrlimit", name) }
        var current: (soft: UInt64, hard: UInt64) = (0, 0)
        try systemCall("getrlimit", name) { berth_get_limit(number, &current.soft, &current.hard) }
        guard current.hard < most else { return }
        _ = try set(name, soft: current.soft, hard: most)
    }

    /// Raises the running process's own limit as far as it may.
    public static func raise(_ name: String) throws(SystemError) {
        guard let number = numbers[name] else { throw SystemError(.invalid, "setrlimit", name) }
        var current: (soft: UInt64, hard: UInt64) = (0, 0)
        try systemCall("getrlimit", name) { berth_get_limit(number, &current.soft, &current.hard) }
        try apply(number, name, current.hard, current.hard)
    }

    private static func apply(_ number: CInt, _ name: String, _ soft: UInt64, _ hard: UInt64) throws(SystemError) {
        try systemCall("setrlimit", name) { berth_set_limit(number, soft, hard) }
    }
}
