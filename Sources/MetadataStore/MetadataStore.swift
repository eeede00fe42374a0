import BerthAPI
import GRDB
import JSON

/// Everything the daemon must remember, in one SQLite database under the data root.
///
/// ```
/// metadata.db
/// ├── containers  id, name UNIQUE, document
/// ├── volumes     id, name UNIQUE, document
/// ├── networks    id, name UNIQUE, document
/// ├── images, image references                 (Images/)
/// └── events      sequence, time, type, action, object, attributes
/// ```
///
/// The documents are the journal too: each holds its object's phase (`creating`, `starting`, `removing`, …), written
/// before the first side effect of an operation and again after its last. What the next start finds in between is
/// finished or undone.
///
/// A document is the JSON of a `Codable` record: what is searched by SQL has a column of its own, the rest is read
/// whole. WAL with `synchronous=NORMAL`: a commit survives the death of the process at any point; a loss of power may
/// undo the newest commits, never tear one.
public final class MetadataStore: Sendable {
    private let database: DatabaseQueue

    /// Opens or makes the database and brings its schema up to date.
    ///
    /// - Parameter path: Absolute; its folder exists.
    public init(path: String) throws {
        var configuration = Configuration()
        configuration.journalMode = .wal
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-512") }
        database = try DatabaseQueue(path: path, configuration: configuration)
        var migrator = DatabaseMigrator()
        Self.migrateObjects(&migrator)
        Self.migrateEvents(&migrator)
        Self.migrateImages(&migrator)
        guard try !database.read(migrator.hasBeenSuperseded) else {
            throw BerthError(
                .failedPrecondition, "\(path) was written by a newer berthd", object: "metadata database",
                hint: "run that version, or restore a copy from before it")
        }
        try migrator.migrate(database)
    }

    /// Pages of 4 KiB that the database and its log keep free for themselves.
    private static let reservedPages = 256

    /// Makes both files larger than they need to be. The log begins at its start again after each checkpoint and the
    /// freed pages serve new rows, so that objects can still be removed, and ends recorded, when the disk is full.
    public func reserveRoom() async throws {
        try await database.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA wal_autocheckpoint=\(Self.reservedPages);
                    CREATE TABLE IF NOT EXISTS room (bytes BLOB);
                    INSERT INTO room VALUES (zeroblob(\(Self.reservedPages * 4096)));
                    DROP TABLE room;
                    """)
            _ = try db.checkpoint(.restart)
        }
    }

    public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await database.read(body)
    }

    /// One transaction: all of it or none.
    ///
    /// - Throws: `BerthError` of kind `resourceExhausted` when the disk is full.
    public func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await database.write(body)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw BerthError(
                .resourceExhausted, "no space left on the file system of \(database.path)",
                hint: "remove containers, volumes or images that are not needed")
        }
    }

    /// What SQLite finds wrong with the file's structure (`PRAGMA quick_check`); empty for nothing.
    public func problems() async throws -> [String] {
        try await database.read { try String.fetchAll($0, sql: "PRAGMA quick_check(20)") }.filter { $0 != "ok" }
    }

    private static func migrateObjects(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("objects") { db in
            try db.execute(
                sql: """
                    CREATE TABLE containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
                    CREATE TABLE volumes (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
                    CREATE TABLE networks (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
                    """)
        }
    }

    private static func migrateEvents(_ migrator: inout DatabaseMigrator) {
        migrator.registerMigration("events") { db in
            try db.execute(
                sql: """
                    CREATE TABLE events (
                        sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, type TEXT NOT NULL,
                        action TEXT NOT NULL, object TEXT NOT NULL, attributes TEXT NOT NULL);
                    CREATE INDEX events_time ON events (time);
                    """)
        }
    }
}

extension Database {
    /// Writes a record's document, by primary key.
    public func put(_ record: some Encodable, id: String, name: String, in table: ObjectTable) throws {
        let document = String(decoding: try JSON(encoding: record).serialized(), as: UTF8.self)
        let statement = try cachedStatement(
            sql: """
                INSERT INTO \(table.rawValue) (id, name, document) VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET name = excluded.name, document = excluded.document
                """)
        try statement.execute(arguments: [id, name, document])
    }

    public func delete(id: String, from table: ObjectTable) throws {
        try cachedStatement(sql: "DELETE FROM \(table.rawValue) WHERE id = ?").execute(arguments: [id])
    }

    public func all<Record: Decodable>(_ type: Record.Type, in table: ObjectTable) throws -> [Record] {
        try String.fetchAll(self, sql: "SELECT document FROM \(table.rawValue)").map {
            try JSON(parsing: $0).decode(Record.self)
        }
    }
}

/// The tables of documents.
public enum ObjectTable: String, Sendable { case containers, volumes, networks }
