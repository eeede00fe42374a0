import BerthAPI

/// The database's tables, as the steps that made them. The number of steps that a file has behind it is its
/// `user_version` (<https://www.sqlite.org/pragma.html#pragma_user_version>).
enum Schema {
    private static let steps = [objects, events, images]

    /// - Throws: `failedPrecondition` for a file that has seen more steps than are known here.
    static func update(_ database: Database, path: String) throws {
        let version = Int(try database.rows("PRAGMA user_version") { $0.integer(0) }.first ?? 0)
        guard version <= steps.count else {
            throw BerthError(
                .failedPrecondition, "\(path) was written by a newer berthd", object: "metadata database",
                hint: "run that version, or restore a copy from before it")
        }
        for (index, step) in steps.enumerated().dropFirst(version) {
            try database.transaction {
                try database.run(script: step)
                try database.run(script: "PRAGMA user_version=\(index + 1)")
            }
        }
    }

    private static let objects = """
        CREATE TABLE IF NOT EXISTS containers (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS volumes (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS networks (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL);
        """

    private static let events = """
        CREATE TABLE IF NOT EXISTS events (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT, time INTEGER NOT NULL, type TEXT NOT NULL,
            action TEXT NOT NULL, object TEXT NOT NULL, attributes TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS events_time ON events (time);
        """

    private static let images = """
        CREATE TABLE IF NOT EXISTS images (id TEXT PRIMARY KEY, document TEXT NOT NULL);
        CREATE TABLE IF NOT EXISTS image_references (
            name TEXT PRIMARY KEY, image TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE,
            document TEXT NOT NULL);
        CREATE INDEX IF NOT EXISTS image_references_image ON image_references (image);
        """
}
