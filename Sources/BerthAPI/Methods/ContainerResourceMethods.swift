import JSONRPC

/// Changes limits, of a running container at once, and keeps them for its later runs. What is absent stays; when one is
/// refused, all are as before. Another restart policy counts from the next exit on.
public struct ContainerUpdate: Method {
    public static let name = "container.update"
    public static let summary = "Change a container's limits and restart policy, also while it runs"
    /// Name, id or a unique prefix of it.
    public var id: String
    /// Limits to change; a member that is absent stays as it is.
    public var resources: Resources?
    /// Stays as it is when absent.
    public var restartPolicy: RestartPolicy?
    public init(id: String, resources: Resources? = nil, restartPolicy: RestartPolicy? = nil) {
        self.id = id
        self.resources = resources
        self.restartPolicy = restartPolicy
    }
    public typealias Result = Empty
}

/// Measures what containers use. Rates, such as the share of a processor, come of two answers.
public struct ContainerStats: Method {
    public static let name = "container.stats"
    public static let summary = "Measure what containers use of the host"
    /// By id, name or prefix; all that run unless said.
    public var ids: [String]?
    /// Without `ids`: also those that do not run.
    public var all: Bool?
    public init(ids: [String]? = nil, all: Bool? = nil) {
        self.ids = ids
        self.all = all
    }
    public struct Result: Codable, Sendable {
        /// In the order that was asked for, else newest first.
        public var containers: [ContainerUsage]
        /// Nanoseconds since some point, at the moment of measuring (clock_gettime(2), CLOCK_MONOTONIC).
        public var measuredAt: Int64
        public init(containers: [ContainerUsage], measuredAt: Int64) {
            self.containers = containers
            self.measuredAt = measuredAt
        }
    }
}

/// What a container used since its start, and what it uses now.
public struct ContainerUsage: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    /// Without docker's leading slash.
    public var name: String
    /// When it was measured.
    public var status: ContainerStatus
    /// nil while it does not run.
    public var processor: Processor?
    /// Absent while it does not run.
    public var memory: Memory?
    /// nil also with the host's network, whose counters are not the container's.
    public var network: Transfer?
    /// From block devices (`received`) and to them (`sent`); absent while it does not run.
    public var blockIO: Transfer?
    /// Processes and threads; absent while it does not run.
    public var processes: Int?
    /// nil: no limit.
    public var processLimit: Int?

    public init(id: String, name: String, status: ContainerStatus) {
        self.id = id
        self.name = name
        self.status = status
    }

    /// Nanoseconds of all processors together.
    public struct Processor: Codable, Hashable, Sendable {
        /// Nanoseconds, user and system time together.
        public var total: Int64
        /// Nanoseconds in the container's own code.
        public var user: Int64
        /// Nanoseconds in the kernel for it.
        public var system: Int64
        /// Nanoseconds for which the container was held back by its limit.
        public var throttled: Int64
        public init(total: Int64, user: Int64, system: Int64, throttled: Int64) {
            self.total = total
            self.user = user
            self.system = system
            self.throttled = throttled
        }
    }

    /// Bytes.
    public struct Memory: Codable, Hashable, Sendable {
        /// Bytes, without the page cache that the kernel would take back first, as docker counts.
        public var usage: Int64
        /// Bytes of that cache (`inactive_file`).
        public var cache: Int64
        /// Bytes, the most at a time, cache included.
        public var peak: Int64
        /// Bytes: the container's limit, or all of the host's memory.
        public var limit: Int64
        public init(usage: Int64, cache: Int64, peak: Int64, limit: Int64) {
            self.usage = usage
            self.cache = cache
            self.peak = peak
            self.limit = limit
        }
    }

    /// Bytes into the container, and out of it.
    public struct Transfer: Codable, Hashable, Sendable {
        /// Bytes into the container, since its start.
        public var received: Int64
        /// Bytes out of it, since its start.
        public var sent: Int64
        public init(received: Int64, sent: Int64) {
            self.received = received
            self.sent = sent
        }
    }
}
