import BerthAPI
import LinuxSystem
import Synchronization

/// Everything the daemon must remember, in one SQLite database under the data root.
///
/// ```
/// metadata.db
/// ├── containers  id, name UNIQUE, document
/// ├── volumes     id, name UNIQUE, document
/// ├── networks    id, name UNIQUE, document
/// ├── images, image references                 (Tables/ImageTables.swift)
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
    private let path: String
    private let database: Mutex<Database>
    /// One after the other, in the order of the calls.
    private let thread = BlockingThreads(name: "metadata", maximum: 1)

    /// Opens or makes the database and brings its schema up to date.
    ///
    /// - Parameter path: Absolute; its folder exists.
    public init(path: String) throws {
        self.path = path
        let database = try Database(path: path)
        try database.run(
            script: """
                PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-512;
                """)
        try Schema.update(database, path: path)
        self.database = Mutex(database)
    }

    /// Pages of 4 KiB that the database and its log keep free for themselves.
    private static let reservedPages = 256

    /// Makes both files larger than they need to be. The log begins at its start again after each checkpoint and the
    /// freed pages serve new rows, so that objects can still be removed, and ends recorded, when the disk is full.
    public func reserveRoom() async throws {
        try await read { database in
            try database.run(
                script: """
                    PRAGMA wal_autocheckpoint=\(Self.reservedPages);
                    CREATE TABLE IF NOT EXISTS room (bytes BLOB);
                    INSERT INTO room VALUES (zeroblob(\(Self.reservedPages * 4096)));
                    DROP TABLE room;
                    """)
            try database.restartLog()
        }
    }

    /// Runs `body` with the database, with no transaction around it.
    public func read<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        try await thread.run { try self.database.withLock { try body($0) } }
    }

    /// One transaction: all of it or none.
    ///
    /// - Throws: `BerthError` of kind `resourceExhausted` when the disk is full.
    public func write<T: Sendable>(_ body: @escaping @Sendable (Database) throws -> T) async throws -> T {
        do {
            return try await read { database in try database.transaction { try body(database) } }
        } catch let error as DatabaseError where error.isDiskFull {
            throw BerthError(
                .resourceExhausted, "no space left on the file system of \(path)",
                hint: "remove containers, volumes or images that are not needed")
        }
    }

    /// What SQLite finds wrong with the file's structure (`PRAGMA quick_check`); empty for nothing.
    public func problems() async throws -> [String] {
        let rows = try await read { try $0.rows("PRAGMA quick_check(20)") { $0.text(0) } }
        // The lines of one row may follow a heading: `*** in database main ***`.
        return rows.flatMap { $0.split(separator: "\n") }.map(String.init).filter { $0 != "ok" && !$0.hasPrefix("***") }
    }
}
