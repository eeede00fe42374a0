import ContainerRuntime
import JSON
import LinuxSystem

extension Command {
    /// runtime.md, "State".
    static let state = Command(name: "state", summary: "Prints the container's state as JSON.") { arguments, session in
        let row = try StateRow(try session.store.load(try arguments.id()), in: session.store)
        try output(row.json.serialized(pretty: true) + [10])
        return 0
    }

    static let list = Command(
        name: "list", summary: "Prints the containers of this root.", words: "",
        options: [
            .value("format", "f", "FORMAT", "table or json (default table)"), .flag("quiet", "q", "only their ids"),
        ]
    ) { arguments, session in
        if let word = arguments.words.first { throw UsageError("unexpected argument \(word)") }
        let format = try arguments.choice("format", of: ["table", "json"])
        let ids = try session.store.ids()
        if arguments.has("quiet") {
            try output(ids.map { $0 + "\n" }.joined())
            return 0
        }
        let rows = try ids.map { try StateRow(try session.store.load($0), in: session.store) }
        if format == "json" {
            try output(JSON.array(try rows.map { try $0.json }).serialized() + [10])
        } else {
            try output(TextTable.lines([StateRow.header] + rows.map(\.cells)))
        }
        return 0
    }

    static func output(_ text: String) throws { try output(Array(text.utf8)) }
    static func output(_ bytes: [UInt8]) throws {
        try StandardStream.write(bytes, to: StandardStream.output)
    }
}

/// What `state` and `list` say of a container.
private struct StateRow {
    let record: ContainerRecord
    let status: String
    var pid: CInt { status == "stopped" ? 0 : record.pid }
    var created: String { WallClock.rfc3339(nanoseconds: record.created * 1_000_000_000) }
    var owner: String { AccountName.ofUser(record.owner ?? 0) }

    init(_ record: ContainerRecord, in store: StateStore) throws {
        self.record = record
        status = try store.status(record)
    }

    var json: JSON {
        get throws {
            var members: [(String, JSON)] = [
                ("ociVersion", JSON(RuntimeVersion.spec)), ("id", JSON(record.id)), ("pid", JSON(Int(pid))),
                ("status", JSON(status)), ("bundle", JSON(record.bundle)), ("rootfs", JSON(record.rootfs ?? "")),
                ("created", JSON(created)), ("owner", JSON(owner)),
            ]
            if let annotations = record.annotations { members.append(("annotations", try JSON(encoding: annotations))) }
            return .object(members)
        }
    }

    static let header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"]
    var cells: [String] { [record.id, "\(pid)", status, record.bundle, created, owner] }
}

/// Columns as wide as their widest cell.
enum TextTable {
    static func lines(_ rows: [[String]]) -> String {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 3)
            }
            return cells.joined() + "\n"
        }.joined()
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
