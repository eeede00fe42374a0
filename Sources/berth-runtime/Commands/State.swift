import ContainerRuntime
import JSON
import LinuxSystem

extension Command {
    /// runtime.md, "State".
    static let state = Command(usage: "state ID", options: []) { arguments, session in
        let record = try session.store.load(try arguments.id())
        var members: [(String, JSON)] = [
            ("ociVersion", "1.2.0"), ("id", JSON(record.id)), ("status", JSON(try session.store.status(record))),
            ("pid", JSON(Int64(record.process.isAlive ? record.pid : 0))), ("bundle", JSON(record.bundle)),
        ]
        if let annotations = record.annotations { members.append(("annotations", try JSON(encoding: annotations))) }
        try output(JSON.object(members).serialized(pretty: true) + [10])
        return 0
    }

    static let list = Command(
        usage: "list [--quiet] [--format json]",
        options: [
            .init(long: "quiet", short: "q", takesValue: false), .init(long: "format", short: "f", takesValue: true),
        ]
    ) { arguments, session in
        let records = try session.store.ids().map { try session.store.load($0) }
        if arguments.has("quiet") {
            try output(records.map { $0.id + "\n" }.joined())
        } else if arguments.value("format") == "json" {
            let rows = try records.map { record in
                JSON.object([
                    ("id", JSON(record.id)), ("pid", JSON(Int64(record.pid))),
                    ("status", JSON(try session.store.status(record))), ("bundle", JSON(record.bundle)),
                ])
            }
            try output(JSON.array(rows).serialized() + [10])
        } else {
            let rows = try records.map { "\($0.id)\t\($0.pid)\t\(try session.store.status($0))\t\($0.bundle)\n" }
            try output("ID\tPID\tSTATUS\tBUNDLE\n" + rows.joined())
        }
        return 0
    }

    static let processes = Command(usage: "ps ID", options: []) { arguments, session in
        let container = try Container.adopt(try session.store.load(try arguments.id()))
        try output(try container.processes().map { "\($0)\n" }.joined())
        return 0
    }

    static let statistics = Command(usage: "stats ID", options: []) { arguments, session in
        let statistics = try Container.adopt(try session.store.load(try arguments.id())).statistics()
        let pairs = Mirror(reflecting: statistics).children.compactMap { child -> (String, JSON)? in
            guard let name = child.label, let value = child.value as? UInt64 else { return nil }
            return (name, JSON(Int64(clamping: value)))
        }
        try output(JSON.object(pairs).serialized(pretty: true) + [10])
        return 0
    }

    private static func output(_ text: String) throws { try output(Array(text.utf8)) }
    private static func output(_ bytes: [UInt8]) throws {
        try StandardStream.write(bytes, to: StandardStream.output)
    }
}

extension StateStore {
    /// `created`, `running`, `paused` or `stopped`.
    func status(_ record: ContainerRecord) throws -> String {
        guard record.process.isAlive else { return "stopped" }
        if try isWaiting(record.id) { return "created" }
        return try Cgroup.of(record)?.isFrozen == true ? "paused" : "running"
    }
}
