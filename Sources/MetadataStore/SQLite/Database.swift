import CSQLite

/// A connection to a SQLite database, for one thread at a time: <https://www.sqlite.org/c3ref/sqlite3.html>.
public final class Database {
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var commitHandlers: [() -> Void] = []

    /// Opens a database; makes one that is not there.
    init(path: String) throws(DatabaseError) {
        var handle: OpaquePointer?
        // Its own locks are left out: the store hands it to one thread at a time.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            // A connection that failed is to be closed, too.
            defer { sqlite3_close_v2(handle) }
            throw DatabaseError(code, String(cString: sqlite3_errstr(code)), "open \(path)")
        }
        self.handle = handle
        // Somebody may look at it with another program.
        sqlite3_busy_timeout(handle, 1000)
    }

    /// Statements that still stand keep the connection until they are finalized, right after this.
    deinit { sqlite3_close_v2(handle) }

    /// Runs one statement, which stays prepared for the next time.
    ///
    /// - Parameter values: for its parameters `?`, in order.
    public func execute(_ sql: String, _ values: DatabaseValue...) throws {
        try statement(sql).run(values) { _ in }
    }

    /// The rows of one statement, which stays prepared for the next time.
    ///
    /// - Parameter values: for its parameters `?`, in order.
    public func rows<Value>(
        _ sql: String, _ values: DatabaseValue..., read: (Row) throws -> Value
    ) throws -> [Value] {
        var rows: [Value] = []
        try statement(sql).run(values) { rows.append(try read($0)) }
        return rows
    }

    private func statement(_ sql: String) throws(DatabaseError) -> Statement {
        if let known = statements[sql] { return known }
        let statement = try Statement(sql, in: handle)
        statements[sql] = statement
        return statement
    }

    /// Runs statements that are not needed again.
    func run(script: String) throws(DatabaseError) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw DatabaseError(code, String(cString: sqlite3_errmsg(handle)), script) }
    }

    /// The key of the last row that was inserted.
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// All of it or none.
    func transaction<Value>(_ body: () throws -> Value) throws -> Value {
        try execute("BEGIN IMMEDIATE")
        defer { commitHandlers = [] }
        let value: Value
        do {
            value = try body()
            try execute("COMMIT")
        } catch {
            // Some errors, a full disk among them, have rolled it back already.
            if sqlite3_get_autocommit(handle) == 0 { try execute("ROLLBACK") }
            throw error
        }
        for handler in commitHandlers { handler() }
        return value
    }

    /// Has something done once the transaction is on disk, before the next one begins; not when it fails.
    public func afterCommit(_ handler: @escaping () -> Void) { commitHandlers.append(handler) }

    /// Writes the log's pages into the database and has it begin at its start again.
    func restartLog() throws(DatabaseError) {
        let code = sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_RESTART, nil, nil)
        guard code == SQLITE_OK else {
            throw DatabaseError(code, String(cString: sqlite3_errmsg(handle)), "wal_checkpoint(RESTART)")
        }
    }
}
