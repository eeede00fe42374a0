import CSQLite

/// What SQLite reports: <https://www.sqlite.org/rescode.html>.
public struct DatabaseError: Error, CustomStringConvertible {
    /// The extended result code.
    public let code: CInt
    public let message: String
    /// What was to be done.
    public let statement: String

    init(_ code: CInt, _ message: String, _ statement: String) {
        self.code = code
        self.message = message
        self.statement = statement
    }

    public var isDiskFull: Bool { code & 0xff == SQLITE_FULL }

    public var description: String { "SQLite error \(code): \(message): \(statement)" }
}
