import GRDB
import JSON

/// A multi-step operation that has begun: written before its first side effect, deleted with its last, finished or
/// undone at the next start when the daemon died in between.
public struct Intent: Sendable {
    public enum Kind: String, Codable, Sendable { case create, start, stop, remove, networkCreate, networkRemove, volumeRemove }
    public var id: Int64
    public var kind: Kind
    /// The id of the object that the operation is about.
    public var object: String
    /// What undoing needs to know.
    public var document: JSON
}

extension Database {
    /// - Returns: The id by which `endIntent` deletes it.
    public func beginIntent(_ kind: Intent.Kind, object: String, document: JSON = .null) throws -> Int64 {
        try cachedStatement(sql: "INSERT INTO intents (kind, object, document) VALUES (?, ?, ?)")
            .execute(arguments: [kind.rawValue, object, document.description])
        return lastInsertedRowID
    }

    public func endIntent(_ id: Int64) throws {
        try cachedStatement(sql: "DELETE FROM intents WHERE id = ?").execute(arguments: [id])
    }

    /// Intents of operations that were cut off, oldest first.
    public func pendingIntents() throws -> [Intent] {
        try Row.fetchAll(self, sql: "SELECT id, kind, object, document FROM intents ORDER BY id").compactMap { row in
            guard let kind = Intent.Kind(rawValue: row["kind"]) else { return nil }
            let document = try JSON(parsing: row["document"] as String)
            return Intent(id: row["id"], kind: kind, object: row["object"], document: document)
        }
    }
}
