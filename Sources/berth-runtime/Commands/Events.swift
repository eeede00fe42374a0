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
            try EventStream(container).follow(every: interval.milliseconds)
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

/// Statistics in turn, and a line whenever the kernel killed a process for want of memory, until the container ends.
private struct EventStream {
    let container: Container

    init(_ container: Container) { self.container = container }

    func follow(every milliseconds: CInt) throws {
        var kills = try container.statistics().oomKills
        repeat {
            guard let statistics = try look() else { return }
            if statistics.oomKills > kills {
                kills = statistics.oomKills
                try Command.output(Array("{\"type\":\"oom\",\"id\":\"\(container.id)\"}\n".utf8))
            }
            try Command.output(StatisticsEvent(container.id, statistics).line)
        } while try !ProcessDescriptor.waitUntilEnded(container.pidfd.raw, milliseconds: milliseconds)
    }

    /// nil once the container was deleted.
    private func look() throws(LaunchError) -> CgroupStatistics? {
        do {
            return try container.statistics()
        } catch  where error.errno == .noEntry {
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
