import OCISpec

/// How a running container is asked whether it is well. What is not said is the image's. Times are nanoseconds.
public struct HealthCheck: Codable, Hashable, Sendable {
    /// `["NONE"]`, `["CMD", program, argument…]`, or `["CMD-SHELL", command]` for the image's shell.
    public var test: [String]?
    /// Nanoseconds between the end of a probe and the next; 30 s unless said, at least 1 ms.
    public var interval: Int64?
    /// Nanoseconds after which a probe is killed with what it has started, and has failed; 30 s unless said.
    public var timeout: Int64?
    /// So many failures in a row make the container unhealthy; 3 unless said.
    public var retries: Int?
    /// Nanoseconds after the start in which failures do not count until one probe has succeeded; 0 unless said.
    public var startPeriod: Int64?
    /// Nanoseconds, in place of the interval during the start period; 5 s unless said.
    public var startInterval: Int64?
    /// What is done with a container that becomes unhealthy; nothing unless said.
    public var onFailure: HealthAction?

    public init(test: [String]? = nil) { self.test = test }

    /// An image's.
    public init(_ image: ImageConfiguration.HealthCheck) {
        test = image.test
        interval = image.interval
        timeout = image.timeout
        retries = image.retries
        startPeriod = image.startPeriod
        startInterval = image.startInterval
    }
}

/// What is done with a container that has become unhealthy.
public enum HealthAction: String, Codable, CaseIterable, Sendable {
    case none
    /// It is stopped and started.
    case restart
    /// It gets SIGKILL; its restart policy decides what follows.
    case kill
    /// It is stopped, and stays so.
    case stop
}

public enum HealthStatus: String, Codable, CaseIterable, Sendable {
    case starting, healthy, unhealthy
}

/// What the probes of a run have found.
public struct HealthState: Codable, Hashable, Sendable {
    /// `starting` until a probe succeeds or enough of them fail.
    public var status: HealthStatus
    /// Failures in a row.
    public var failingStreak: Int
    /// The last five, the newest at the end; absent in lists.
    public var log: [HealthResult]?

    public init(status: HealthStatus = .starting) {
        self.status = status
        failingStreak = 0
        log = []
    }
}

/// One probe.
public struct HealthResult: Codable, Hashable, Sendable {
    /// When it began.
    public var start: Timestamp
    /// When it ended, or was ended.
    public var end: Timestamp
    /// 0 is healthy; −1 when the probe could not run or took too long.
    public var exitCode: Int
    /// At most 4096 bytes of what it wrote, or why it could not run.
    public var output: String

    public init(start: Timestamp, end: Timestamp, exitCode: Int, output: String) {
        self.start = start
        self.end = end
        self.exitCode = exitCode
        self.output = output
    }
}
