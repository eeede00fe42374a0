extension RuntimeSpec {
    /// What is executed (config.md, "Process"); also the parameter of `exec`.
    public struct Process: Codable, Hashable, Sendable {
        public var terminal: Bool?
        public var consoleSize: ConsoleSize?
        public var cwd: String
        public var env: [String]?
        public var args: [String]?
        public var user: User?
        public var rlimits: [ResourceLimit]?
        public var capabilities: Capabilities?
        public var noNewPrivileges: Bool?
        public var apparmorProfile: String?
        public var selinuxLabel: String?
        public var oomScoreAdj: Int?
        public var scheduler: Scheduler?
        public var ioPriority: IOPriority?

        public init(args: [String], env: [String] = [], cwd: String = "/", user: User = User()) {
            self.args = args
            self.env = env
            self.cwd = cwd
            self.user = user
        }
    }

    /// Characters.
    public struct ConsoleSize: Codable, Hashable, Sendable {
        public var height: Int
        public var width: Int

        public init(height: Int, width: Int) {
            self.height = height
            self.width = width
        }
    }

    public struct User: Codable, Hashable, Sendable {
        public var uid: UInt32
        public var gid: UInt32
        public var umask: UInt32?
        public var additionalGids: [UInt32]?

        public init(uid: UInt32 = 0, gid: UInt32 = 0, additionalGids: [UInt32]? = nil) {
            self.uid = uid
            self.gid = gid
            self.additionalGids = additionalGids
        }
    }

    /// `RLIMIT_NOFILE` and kin (getrlimit(2)).
    public struct ResourceLimit: Codable, Hashable, Sendable {
        public var type: String
        public var soft: UInt64
        public var hard: UInt64

        public init(type: String, soft: UInt64, hard: UInt64) {
            self.type = type
            self.soft = soft
            self.hard = hard
        }
    }

    /// Names as in capabilities(7), with `CAP_`.
    public struct Capabilities: Codable, Hashable, Sendable {
        public var bounding: [String]?
        public var effective: [String]?
        public var inheritable: [String]?
        public var permitted: [String]?
        public var ambient: [String]?

        public init(
            bounding: [String]? = nil, effective: [String]? = nil, inheritable: [String]? = nil,
            permitted: [String]? = nil, ambient: [String]? = nil
        ) {
            self.bounding = bounding
            self.effective = effective
            self.inheritable = inheritable
            self.permitted = permitted
            self.ambient = ambient
        }
    }

    /// sched_setattr(2).
    public struct Scheduler: Codable, Hashable, Sendable {
        public var policy: String
        public var nice: Int32?
        public var priority: Int32?
        public var flags: [String]?
        public var runtime: UInt64?
        public var deadline: UInt64?
        public var period: UInt64?

        public init(
            policy: String, nice: Int32? = nil, priority: Int32? = nil, flags: [String]? = nil, runtime: UInt64? = nil,
            deadline: UInt64? = nil, period: UInt64? = nil
        ) {
            self.policy = policy
            self.nice = nice
            self.priority = priority
            self.flags = flags
            self.runtime = runtime
            self.deadline = deadline
            self.period = period
        }
    }

    /// ioprio_set(2).
    public struct IOPriority: Codable, Hashable, Sendable {
        public var `class`: String
        public var priority: Int

        public init(class name: String, priority: Int) {
            `class` = name
            self.priority = priority
        }
    }
}
