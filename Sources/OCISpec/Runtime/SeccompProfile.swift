/// A seccomp configuration (config-linux.md, "Seccomp"), with the additions of docker's profile format: `archMap`,
/// and `includes` and `excludes` of rules.
public struct SeccompProfile: Codable, Hashable, Sendable {
    public var defaultAction: String
    public var defaultErrnoRet: UInt32?
    public var architectures: [String]?
    public var archMap: [ArchitectureGroup]?
    public var flags: [String]?
    public var listenerPath: String?
    public var listenerMetadata: String?
    public var syscalls: [Rule]?

    public init(defaultAction: String, defaultErrnoRet: UInt32? = nil, architectures: [String], syscalls: [Rule]) {
        self.defaultAction = defaultAction
        self.defaultErrnoRet = defaultErrnoRet
        self.architectures = architectures
        self.syscalls = syscalls
    }

    public struct ArchitectureGroup: Codable, Hashable, Sendable {
        public var architecture: String
        public var subArchitectures: [String]?
    }

    /// One action for some calls, when all arguments match.
    public struct Rule: Codable, Hashable, Sendable {
        public var names: [String]
        public var action: String
        public var errnoRet: UInt32?
        public var args: [Argument]?
        public var includes: Condition?
        public var excludes: Condition?

        public init(_ names: [String], action: String, errnoRet: UInt32? = nil, args: [Argument]? = nil) {
            self.names = names
            self.action = action
            self.errnoRet = errnoRet
            self.args = args
        }
    }

    public struct Argument: Codable, Hashable, Sendable {
        public var index: UInt32
        public var value: UInt64
        public var valueTwo: UInt64?
        public var op: String

        public init(index: UInt32, value: UInt64, valueTwo: UInt64? = nil, op: String) {
            self.index = index
            self.value = value
            self.valueTwo = valueTwo
            self.op = op
        }
    }

    /// When a rule of docker's format counts: every field given must match.
    public struct Condition: Codable, Hashable, Sendable {
        public var caps: [String]?
        /// `amd64`, `arm64` …
        public var arches: [String]?
        /// `4.8`.
        public var minKernel: String?
    }
}
