import BerthAPI
import MetadataStore
import Testing

struct DatabaseVersionTests {
    /// A newer daemon's documents may hold what this one would lose.
    @Test func aDatabaseOfANewerDaemonIsRefused() async throws {
        try await Folder.with { path in
            try await MetadataStore(path: path).read { try $0.execute("PRAGMA user_version=1000") }
            let error = #expect(throws: BerthError.self) { _ = try MetadataStore(path: path) }
            #expect(error?.kind == .failedPrecondition)
            #expect(error?.message.contains("newer berthd") == true)
        }
    }
}
