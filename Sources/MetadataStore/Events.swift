import BerthAPI
import GRDB
import JSON

extension Database {
    /// Appends an event; the database gives it its number.
    public func append(
        event action: String, type: String, id: String, attributes: [String: String], at time: Timestamp
    ) throws -> Event {
        let document = try JSON(encoding: attributes).description
        try cachedStatement(
            sql: "INSERT INTO events (time, type, action, object, attributes) VALUES (?, ?, ?, ?, ?)"
        ).execute(arguments: [time.nanoseconds, type, action, id, document])
        return Event(
            sequence: lastInsertedRowID, time: time, type: type, action: action, id: id, attributes: attributes)
    }

    /// Events from a number on, at most `limit`.
    public func events(from sequence: Int64, since: Timestamp?, limit: Int) throws -> [Event] {
        let rows = try Row.fetchAll(
            self, sql: "SELECT * FROM events WHERE sequence >= ? AND time >= ? ORDER BY sequence LIMIT ?",
            arguments: [sequence, since?.nanoseconds ?? 0, limit])
        return try rows.map { row in
            Event(
                sequence: row["sequence"], time: Timestamp(nanoseconds: row["time"]), type: row["type"],
                action: row["action"], id: row["object"],
                attributes: try JSON(parsing: row["attributes"] as String).decode([String: String].self))
        }
    }

    /// Drops the oldest events beyond `count`.
    public func trimEvents(keeping count: Int64) throws {
        try execute(
            sql: "DELETE FROM events WHERE sequence <= (SELECT MAX(sequence) FROM events) - ?", arguments: [count])
    }
}
