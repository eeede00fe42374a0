import BerthAPI
import JSON

extension Database {
    /// Appends an event; the database gives it its number.
    public func append(
        event action: String, type: String, id: String, attributes: [String: String], at time: Timestamp
    ) throws -> Event {
        try execute(
            "INSERT INTO events (time, type, action, object, attributes) VALUES (?, ?, ?, ?, ?)",
            .integer(time.nanoseconds), .text(type), .text(action), .text(id),
            .text(try JSON(encoding: attributes).description))
        return Event(
            sequence: lastInsertedRow, time: time, type: type, action: action, id: id, attributes: attributes)
    }

    /// Events from a number on, at most `limit`.
    public func events(from sequence: Int64, since: Timestamp?, limit: Int) throws -> [Event] {
        try rows(
            """
            SELECT sequence, time, type, action, object, attributes FROM events
            WHERE sequence >= ? AND time >= ? ORDER BY sequence LIMIT ?
            """, .integer(sequence), .integer(since?.nanoseconds ?? 0), .integer(Int64(limit))
        ) { row in
            Event(
                sequence: row.integer(0), time: Timestamp(nanoseconds: row.integer(1)), type: row.text(2),
                action: row.text(3), id: row.text(4),
                attributes: try JSON(parsing: row.text(5)).decode([String: String].self))
        }
    }

    /// Drops the oldest events beyond `count`.
    public func trimEvents(keeping count: Int64) throws {
        try execute(
            "DELETE FROM events WHERE sequence <= (SELECT MAX(sequence) FROM events) - ?", .integer(count))
    }
}
