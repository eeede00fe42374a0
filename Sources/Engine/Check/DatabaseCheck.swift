import BerthAPI
import MetadataStore

/// The metadata database's structure.
struct DatabaseCheck: Check {
    let name = "database"
    let store: MetadataStore

    func run() async throws -> [Problem] {
        try await store.problems().map {
            problem(.error, "metadata database", "\($0): stop berthd, and write it again with sqlite3's .recover")
        }
    }
}
