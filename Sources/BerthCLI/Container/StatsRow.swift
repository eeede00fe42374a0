import BerthAPI

/// A line of `stats`.
struct StatsRow: Listable {
    private var usage: ContainerUsage
    /// What the user called the container.
    private var asked: String?
    /// Of one processor, since the measurement before.
    private var processorShare: Double

    init(_ usage: ContainerUsage, since before: ContainerStats.Result, at now: Int64, asked: String?) {
        self.usage = usage
        self.asked = asked
        let earlier = before.containers.first { $0.id == usage.id }?.processor
        guard let processor = usage.processor, let earlier, now > before.measuredAt else {
            processorShare = 0
            return
        }
        // A container that was started again begins at 0.
        processorShare = Double(max(0, processor.total - earlier.total)) / Double(now - before.measuredAt)
    }

    static var fields: [ListField<StatsRow>] {
        [
            ListField("Container", "CONTAINER") { $0.asked ?? ShortID.text($0.usage.id, noTrunc: $1.noTrunc) },
            ListField("ID", "CONTAINER ID") { ShortID.text($0.usage.id, noTrunc: $1.noTrunc) },
            ListField("Name", "NAME") { row, _ in row.usage.name },
            ListField("CPUPerc", "CPU %") { row, _ in Self.percent(row.processorShare) },
            ListField("MemUsage", "MEM USAGE / LIMIT") { row, _ in
                Self.pair(row.usage.memory.map { ($0.usage, $0.limit) }) { HumanSize.binary($0) }
            },
            ListField("MemPerc", "MEM %") { row, _ in
                Self.percent(row.usage.memory.map { Double($0.usage) / Double(max(1, $0.limit)) } ?? 0)
            },
            ListField("NetIO", "NET I/O") { row, _ in transfer(row.usage.network) },
            ListField("BlockIO", "BLOCK I/O") { row, _ in transfer(row.usage.blockIO) },
            ListField("PIDs", "PIDS") { row, _ in "\(row.usage.processes ?? 0)" },
        ]
    }

    static func columns(_ style: ListStyle) -> [String] {
        ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"]
    }

    func quietValue(_ style: ListStyle) -> String { ShortID.text(usage.id, noTrunc: style.noTrunc) }

    private static func percent(_ share: Double) -> String { HumanSize.fixed(share * 100, decimals: 2) + "%" }

    private static func transfer(_ transfer: ContainerUsage.Transfer?) -> String {
        pair(transfer.map { ($0.received, $0.sent) }) { HumanSize.decimal($0) }
    }

    private static func pair(_ values: (Int64, Int64)?, _ text: (Int64) -> String) -> String {
        let (first, second) = values ?? (0, 0)
        return "\(text(first)) / \(text(second))"
    }
}
