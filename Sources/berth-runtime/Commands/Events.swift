import ContainerRuntime
import JSON
import LinuxSystem

extension Command {
    static let events = Command(
        name: "events", summary: "Prints what the container uses, as a line of JSON each time, until it ends.",
        options: [
            .value("interval", "TIME", "how often: 5s, 500ms, 2m (default 5s)"), .flag("stats", "once, then end"),
        ]
    ) { arguments, session in
        let container = try Container.adopt(try session.store.load(try arguments.id()))
        let interval = try Interval(arguments.value("interval") ?? "5s")
        if arguments.has("stats") {
            try output(StatisticsEvent(container.id, try container.statistics()).line)
        } else {
            try EventStream(container, every: .milliseconds(interval.milliseconds)).follow()
        }
        return 0
    }

    static let statistics = Command(name: "stats", summary: "Prints once what the container uses, as JSON.") {
        arguments, session in
        let container = try Container.adopt(try session.store.load(try arguments.id()))
        try output(StatisticsEvent(container.id, try container.statistics()).line)
        return 0
    }
}

/// Statistics in turn, and a line as soon as the kernel kills a process for want of memory, until the container ends.
private final class EventStream: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let container: Container
    private let interval: Duration
    private let loop: EventLoop
    private var failure: (any Error)?

    init(_ container: Container, every interval: Duration) throws {
        self.container = container
        self.interval = interval
        loop = try EventLoop()
    }

    func follow() throws {
        let shortage = try watchMemory()
        try loop.watchExit(ofProcess: container.pidfd.raw) { [loop] in loop.stop() }
        tellStatistics()
        loop.run()
        // What the container ended of.
        if failure == nil { shortage?.check() }
        shortage?.cancel()
        if let failure { throw failure }
    }

    /// nil where nobody counts memory.
    private func watchMemory() throws(SystemError) -> OutOfMemoryWatch? {
        guard let cgroup = container.cgroup else { return nil }
        do {
            return try OutOfMemoryWatch(cgroup, loop: loop) { self.tellShortage() }
        } catch  where [.notSupported, .noEntry].contains(error.errno) {
            return nil
        }
    }

    private func tellShortage() {
        orEnd { try Command.output("{\"type\":\"oom\",\"id\":\"\(container.id)\"}\n") }
    }

    private func tellStatistics() {
        orEnd {
            guard let statistics = try look() else { return loop.stop() }
            try Command.output(StatisticsEvent(container.id, statistics).line)
            loop.schedule(after: interval) { self.tellStatistics() }
        }
    }

    private func orEnd(_ work: () throws -> Void) {
        do {
            try work()
        } catch {
            failure = failure ?? error
            loop.stop()
        }
    }

    /// nil once the container was deleted.
    private func look() throws(LaunchError) -> CgroupStatistics? {
        do {
            return try container.statistics()
        } catch  where [.noEntry, .noDevice].contains(error.errno) {
            return nil
        }
    }
}

/// A duration as Go's programs write it.
struct Interval {
    let milliseconds: CInt

    init(_ text: String) throws(UsageError) {
        let units: [(String, Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        let (suffix, factor) = units.first { text.hasSuffix($0.0) } ?? ("", 1000)
        guard let number = Double(text.dropLast(suffix.count)), number > 0, number * factor <= 86_400_000,
            number * factor >= 1
        else { throw UsageError("option --interval: \(text) is no time such as 5s") }
        milliseconds = CInt(number * factor)
    }
}

/// A container's counters in the words of runc's `events`, which engines read.
struct StatisticsEvent {
    let line: [UInt8]

    init(_ id: String, _ statistics: CgroupStatistics) {
        let data: JSON = [
            "cpu": Self.cpu(statistics), "memory": Self.memory(statistics),
            "pids": Self.object([("current", statistics.processes), ("limit", statistics.processLimit ?? 0)]),
            "blkio": ["ioServiceBytesRecursive": Self.io(statistics)],
        ]
        let event: JSON = ["type": "stats", "id": JSON(id), "data": data]
        line = event.serialized() + [10]
    }

    private static func cpu(_ statistics: CgroupStatistics) -> JSON {
        [
            "usage": object([
                ("total", statistics.cpuTotal), ("kernel", statistics.cpuSystem), ("user", statistics.cpuUser),
            ]),
            "throttling": object([
                ("periods", statistics.periods), ("throttledPeriods", statistics.throttledPeriods),
                ("throttledTime", statistics.throttledTime),
            ]),
        ]
    }

    private static func memory(_ statistics: CgroupStatistics) -> JSON {
        [
            "usage": object([
                ("limit", statistics.memoryLimit ?? .max), ("usage", statistics.memoryUsage),
                ("max", statistics.memoryPeak),
            ]),
            "raw": object([
                ("inactive_file", statistics.memoryInactiveFile), ("oom_kill", statistics.oomKills),
            ]),
        ]
    }

    private static func io(_ statistics: CgroupStatistics) -> JSON {
        .array(
            [("Read", statistics.ioRead), ("Write", statistics.ioWritten)].map { operation, bytes in
                ["op": JSON(operation), "value": JSON(Int64(clamping: bytes))]
            })
    }

    private static func object(_ members: [(String, UInt64)]) -> JSON {
        .object(members.map { ($0, JSON(Int64(clamping: $1))) })
    }
}
