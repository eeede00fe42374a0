import BerthAPI
import LinuxSystem
import MetadataStore
import Synchronization
import Testing

struct MetadataStoreTests {
    private struct Named: Codable, Equatable {
        var name: String
    }

    private struct Unwanted: Error {}

    @Test func whatWasWrittenIsThereAfterTheNextStart() async throws {
        try await Folder.with { path in
            let records = ["", "plain", "ümläut 🐳", "a\u{0}b"].map(Named.init)
            try await MetadataStore(path: path).write { db in
                for (index, record) in records.enumerated() {
                    try db.put(record, id: "\(index)", name: record.name, in: .volumes)
                }
            }
            let found = try await MetadataStore(path: path).read { try $0.all(Named.self, in: .volumes) }
            #expect(found == records)
        }
    }

    @Test func aTransactionThatFailsLeavesNothingAndTellsNobody() async throws {
        try await Folder.with { path in
            let store = try MetadataStore(path: path)
            let told = Mutex<[String]>([])
            for name in ["kept", "dropped"] {
                try? await store.write { db in
                    db.afterCommit { told.withLock { $0.append(name) } }
                    try db.put(Named(name: name), id: name, name: name, in: .containers)
                    if name == "dropped" { throw Unwanted() }
                }
            }
            #expect(told.withLock { $0 } == ["kept"])
            #expect(try await store.read { try $0.all(Named.self, in: .containers) } == [Named(name: "kept")])
        }
    }

    @Test func aNameThatIsTakenIsRefused() async throws {
        try await Folder.with { path in
            let store = try MetadataStore(path: path)
            let error = await #expect(throws: DatabaseError.self) {
                try await store.write { db in
                    try db.put(Named(name: "one"), id: "1", name: "one", in: .networks)
                    try db.put(Named(name: "one"), id: "2", name: "one", in: .networks)
                }
            }
            #expect(error?.message.contains("UNIQUE") == true && error?.isDiskFull == false)
            #expect(try await store.read { try $0.all(Named.self, in: .networks) }.isEmpty)
        }
    }

    @Test func eventsAreNumberedAndTrimmed() async throws {
        try await Folder.with { path in
            let store = try MetadataStore(path: path)
            for number in 1...5 {
                let event = try await store.write { db in
                    try db.append(
                        event: "start", type: "container", id: "\(number)", attributes: ["n": "\(number)"],
                        at: Timestamp(nanoseconds: Int64(number)))
                }
                #expect(event.sequence == Int64(number))
            }
            try await store.write { try $0.trimEvents(keeping: 3) }
            #expect(
                try await store.read { try $0.events(from: 0, since: nil, limit: 10) }.map(\.id) == ["3", "4", "5"])
            let since = Timestamp(nanoseconds: 4)
            let one = try await store.read { try $0.events(from: 0, since: since, limit: 1) }
            #expect(one.map(\.attributes) == [["n": "4"]])
        }
    }

    @Test func referencesGoWithTheirImage() async throws {
        try await Folder.with { path in
            let store = try MetadataStore(path: path)
            try await store.write { db in
                try db.put(image: "i", Named(name: "image"))
                try db.put(reference: "r", image: "i", Named(name: "reference"))
                try db.delete(image: "i")
            }
            #expect(try await store.read { try $0.imageReferences(Named.self) }.isEmpty)
            await #expect(throws: DatabaseError.self) {
                try await store.write { try $0.put(reference: "r", image: "none", Named(name: "reference")) }
            }
        }
    }

    @Test func whatIsNoDatabaseIsRefused() async throws {
        try await Folder.with { path in
            try writeFile(path, Array(repeating: 0x78, count: 4096))
            let error = #expect(throws: DatabaseError.self) { _ = try MetadataStore(path: path) }
            #expect(error?.message == "file is not a database")
        }
    }
}

enum Folder {
    /// Runs `body` with the path of a database in a folder that is gone afterwards.
    static func with(_ body: (String) async throws -> Void) async throws {
        let folder = "/tmp/berth-metadata-test-\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(folder)
        defer { try? removeDirectory(folder) }
        try await body("\(folder)/metadata.db")
    }
}
