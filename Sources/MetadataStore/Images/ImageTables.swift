import BerthAPI
import GRDB
import JSON

// images            id (digest of the configuration), document
// image_references  name in full (`docker.io/library/busybox:latest`), image, document

extension MetadataStore {
    static func migrateImages(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("images") { db in
            try db.execute(
                sql: """
                    CREATE TABLE images (id TEXT PRIMARY KEY, document TEXT NOT NULL);
                    CREATE TABLE image_references (
                        name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
                        document TEXT NOT NULL);
                    CREATE INDEX image_references_image ON image_references (image);
                    """)
        }
    }
}

extension Database {
    /// Writes an image's document; its references stay.
    public func put(image id: String, _ record: some Encodable) throws {
        let statement = try cachedStatement(
            sql: """
                INSERT INTO images (id, document) VALUES (?, ?)
                ON CONFLICT (id) DO UPDATE SET document = excluded.document
                """)
        try statement.execute(arguments: [id, try JSON(encoding: record).description])
    }

    /// Points a name at an image that is there, in place of what it named.
    public func put(reference name: String, image: String, _ record: some Encodable) throws {
        let statement = try cachedStatement(
            sql: """
                INSERT INTO image_references (name, image, document) VALUES (?, ?, ?)
                ON CONFLICT (name) DO UPDATE SET image = excluded.image, document = excluded.document
                """)
        try statement.execute(arguments: [name, image, try JSON(encoding: record).description])
    }

    /// Removes an image with its references.
    public func delete(image id: String) throws {
        try cachedStatement(sql: "DELETE FROM images WHERE id = ?").execute(arguments: [id])
    }

    public func delete(reference name: String) throws {
        try cachedStatement(sql: "DELETE FROM image_references WHERE name = ?").execute(arguments: [name])
    }

    public func images<Record: Decodable>(_ type: Record.Type) throws -> [Record] {
        try String.fetchAll(self, sql: "SELECT document FROM images").map { try JSON(parsing: $0).decode(Record.self) }
    }

    public func imageReferences<Record: Decodable>(_ type: Record.Type) throws -> [Record] {
        try String.fetchAll(self, sql: "SELECT document FROM image_references").map {
            try JSON(parsing: $0).decode(Record.self)
        }
    }
}
