import BerthAPI
import GRDB
import LinuxSystem
import MetadataStore
import Testing

struct DatabaseVersionTests {
    /// A newer daemon's documents may hold what this one would lose.
    @Test func aDatabaseOfANewerDaemonIsRefused() async throws {
        let folder = "/tmp/berth-protocol-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        let path = "\(folder)/metadata.db"
        try await MetadataStore(path: path).write { db in
            try db.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('from the future')")
        }
        let error = #expect(throws: BerthError.self) { _ = try MetadataStore(path: path) }
        #expect(error?.kind == .failedPrecondition)
        #expect(error?.message.contains("newer berthd") == true)
    }
}
