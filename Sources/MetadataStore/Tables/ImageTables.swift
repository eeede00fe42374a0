import JSON

// images            id (digest of the configuration), document
// image_references  name in full (`docker.io/library/busybox:latest`), image, document

extension Database {
    /// Writes an image's document; its references stay.
    public func put(image id: String, _ record: some Encodable) throws {
        try execute(
            """
            INSERT INTO images (id, document) VALUES (?, ?)
            ON CONFLICT (id) DO UPDATE SET document = excluded.document
            """, .text(id), .text(try JSON(encoding: record).description))
    }

    /// Points a name at an image that is there, in place of what it named.
    public func put(reference name: String, image: String, _ record: some Encodable) throws {
        try execute(
            """
            INSERT INTO image_references (name, image, document) VALUES (?, ?, ?)
            ON CONFLICT (name) DO UPDATE SET image = excluded.image, document = excluded.document
            """, .text(name), .text(image), .text(try JSON(encoding: record).description))
    }

    /// Removes an image with its references.
    public func delete(image id: String) throws { try execute("DELETE FROM images WHERE id = ?", .text(id)) }

    public func delete(reference name: String) throws {
        try execute("DELETE FROM image_references WHERE name = ?", .text(name))
    }

    public func images<Record: Decodable>(_ type: Record.Type) throws -> [Record] {
        try rows("SELECT document FROM images") { try $0.document(type) }
    }

    public func imageReferences<Record: Decodable>(_ type: Record.Type) throws -> [Record] {
        try rows("SELECT document FROM image_references") { try $0.document(type) }
    }
}
