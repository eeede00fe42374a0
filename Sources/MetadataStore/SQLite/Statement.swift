import CSQLite

/// What a statement's parameter is given.
public enum DatabaseValue {
    case integer(Int64)
    case text(String)
}

/// The row that a statement stands at; valid until it goes on.
public struct Row {
    fileprivate let statement: OpaquePointer

    /// - Parameter column: from 0.
    public func integer(_ column: CInt) -> Int64 { sqlite3_column_int64(statement, column) }

    /// - Parameter column: from 0.
    /// - Returns: the empty text for NULL.
    public func text(_ column: CInt) -> String {
        guard let bytes = sqlite3_column_text(statement, column) else { return "" }
        let count = Int(sqlite3_column_bytes(statement, column))
        return String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self)
    }
}

/// A prepared statement: <https://www.sqlite.org/c3ref/stmt.html>.
final class Statement {
    private let handle: OpaquePointer

    /// - Parameter sql: one statement.
    init(_ sql: String, in database: OpaquePointer) throws(DatabaseError) {
        var handle: OpaquePointer?
        let code = sqlite3_prepare_v3(database, sql, -1, CUnsignedInt(SQLITE_PREPARE_PERSISTENT), &handle, nil)
        guard code == SQLITE_OK, let handle else { throw Self.error(code, in: database, sql) }
        self.handle = handle
    }

    deinit { sqlite3_finalize(handle) }

    /// Runs it from its beginning to its end.
    func run(_ values: [DatabaseValue], _ body: (Row) throws -> Void) throws {
        defer {
            sqlite3_reset(handle)
            sqlite3_clear_bindings(handle)
        }
        for (index, value) in values.enumerated() { try bind(value, at: CInt(index) + 1) }
        while true {
            switch sqlite3_step(handle) {
            case SQLITE_ROW: try body(Row(statement: handle))
            case SQLITE_DONE: return
            case let code: throw error(code)
            }
        }
    }

    private func bind(_ value: DatabaseValue, at index: CInt) throws(DatabaseError) {
        // SQLITE_TRANSIENT, a macro that Swift does not see: SQLite takes a copy of the text.
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        let code =
            switch value {
            case .integer(let number): sqlite3_bind_int64(handle, index, number)
            case .text(let text): sqlite3_bind_text(handle, index, text, CInt(text.utf8.count), transient)
            }
        guard code == SQLITE_OK else { throw error(code) }
    }

    private func error(_ code: CInt) -> DatabaseError {
        Self.error(code, in: sqlite3_db_handle(handle), String(cString: sqlite3_sql(handle)))
    }

    private static func error(_ code: CInt, in database: OpaquePointer?, _ sql: String) -> DatabaseError {
        DatabaseError(code, String(cString: sqlite3_errmsg(database)), sql)
    }
}
