import JSON

/// The tables of documents.
public enum ObjectTable: String, Sendable { case containers, volumes, networks }

extension Database {
    /// Writes a record's document, by primary key.
    public func put(_ record: some Encodable, id: String, name: String, in table: ObjectTable) throws {
        try execute(
            """
            INSERT INTO \(table.rawValue) (id, name, document) VALUES (?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document
            """, .text(id), .text(name), .text(try JSON(encoding: record).description))
    }

    public func delete(id: String, from table: ObjectTable) throws {
        try execute("DELETE FROM \(table.rawValue) WHERE id = ?", .text(id))
    }

    public func all<Record: Decodable>(_ type: Record.Type, in table: ObjectTable) throws -> [Record] {
        try rows("SELECT document FROM \(table.rawValue)") { try $0.document(type) }
    }
}

extension Row {
    /// The record whose document is the first column.
    func document<Record: Decodable>(_ type: Record.Type) throws -> Record {
        try JSON(parsing: text(0)).decode(type)
    }
}
