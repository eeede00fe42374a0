import BerthAPI
import ContentStore
import Hashing
import JSON
import LinuxSystem
import OCISpec
import Testing

/// A store under a folder of its own.
private func withStore(_ body: (ContentStore) async throws -> Void) async throws {
    let root = "/tmp/berth-content-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? removeDirectory(root) }
    try await body(try ContentStore(root: root))
}

private func blob(_ bytes: [UInt8], size: Int64? = nil) -> OCIDescriptor {
    OCIDescriptor(
        mediaType: MediaType.layer, digest: SHA256.digest(of: bytes).description, size: size ?? Int64(bytes.count))
}

private func digest(_ descriptor: OCIDescriptor) throws -> Digest { try #require(Digest(descriptor.digest)) }

@Suite struct ContentStoreTests {
    private let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }

    @Test func isAnImageLayoutFromTheStart() async throws {
        try await withStore { store in
            let marker = try JSON(parsing: try readFile(store.root + "/oci-layout"))
            #expect(marker["imageLayoutVersion"]?.string == "1.0.0")
            let index = try JSON(parsing: try readFile(store.root + "/index.json")).decode(ImageIndex.self)
            #expect(index.manifests.isEmpty && index.schemaVersion == 2)
            #expect(throws: Never.self) { try ContentStore(root: store.root) }
            try writeFile(store.root + "/oci-layout", Array(#"{"imageLayoutVersion":"9"}"#.utf8))
            #expect(throws: BerthError.self) { try ContentStore(root: store.root) }
        }
    }

    @Test func showsABlobOnlyOnceItIsVerified() async throws {
        try await withStore { store in
            let descriptor = blob(bytes)
            let fetched = try await store.ingest(descriptor) { [bytes] ingest, _ in
                #expect(ingest.offset == 0)
                try RegularFile.write(ingest.file.raw, bytes, at: 0)
                #expect(try store.size(of: digest(descriptor)) == nil)
            }
            #expect(fetched)
            #expect(try store.read(digest(descriptor), limit: 1 << 20) == bytes)
            #expect(try listDirectory(store.root + "/ingest") == [])
            #expect(try store.list().map(\.size) == [300_000])
            let again = try await store.ingest(descriptor) { _, _ in Issue.record("fetched again") }
            #expect(!again)
        }
    }

    @Test func goesOnWhereAnAttemptBrokeOff() async throws {
        try await withStore { store in
            let descriptor = blob(bytes)
            await #expect(throws: BerthError.self) {
                try await store.ingest(descriptor) { [bytes] ingest, _ in
                    try RegularFile.write(ingest.file.raw, Array(bytes[..<100_000]), at: 0)
                    throw BerthError(.unavailable, "the connection was closed")
                }
            }
            #expect(try store.size(of: digest(descriptor)) == nil)
            try await store.ingest(descriptor) { [bytes] ingest, _ in
                #expect(ingest.offset == 100_000)
                try RegularFile.write(ingest.file.raw, Array(bytes[100_000...]), at: 100_000)
            }
            #expect(try store.read(digest(descriptor), limit: 1 << 20) == bytes)
        }
    }

    @Test func startsAnewOverWrongBytesOfAnEarlierAttempt() async throws {
        try await withStore { store in
            let descriptor = blob(bytes)
            try writeFile("\(store.root)/ingest/\(digest(descriptor).hex)", [UInt8](repeating: 0, count: 100_000))
            try await store.ingest(descriptor) { [bytes] ingest, _ in
                let offset = Int(ingest.offset)
                try RegularFile.write(ingest.file.raw, Array(bytes[offset...]), at: ingest.offset)
            }
            #expect(try store.read(digest(descriptor), limit: 1 << 20) == bytes)
        }
    }

    @Test func refusesWhatIsNotAsTheDescriptorSays() async throws {
        try await withStore { store in
            for (descriptor, kind) in [
                (blob(Array(bytes.reversed())), ErrorKind.corrupted), (blob(bytes, size: 299_999), .corrupted),
                (blob(bytes, size: 300_001), .unavailable),
            ] {
                let error = await #expect(throws: BerthError.self) {
                    try await store.ingest(descriptor) { [bytes] ingest, _ in
                        try RegularFile.write(ingest.file.raw, Array(bytes[Int(ingest.offset)...]), at: ingest.offset)
                    }
                }
                #expect(error?.kind == kind)
                let stored = try store.list()
                #expect(stored.isEmpty)
            }
            await #expect(throws: BerthError.self) {
                try await store.ingest(OCIDescriptor(mediaType: "", digest: "sha256:../x", size: 1)) { _, _ in }
            }
        }
    }

    @Test func sharesATransferBetweenCallers() async throws {
        try await withStore { store in
            let descriptor = blob(bytes)
            let (gate, opener) = AsyncStream<Void>.makeStream()
            let transfers = Monitor(0)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 {
                    group.addTask { [bytes] in
                        try await store.ingest(descriptor) { ingest, _ in
                            transfers.withLock { $0 += 1 }
                            for await _ in gate { break }
                            try RegularFile.write(ingest.file.raw, bytes, at: 0)
                        }
                    }
                }
                opener.yield()
                for try await fetched in group { #expect(fetched || transfers.withLock { $0 } == 1) }
            }
            #expect(transfers.withLock { $0 } == 1)
        }
    }

    @Test func cancelsATransferWithItsLastCaller() async throws {
        try await withStore { store in
            let descriptor = blob(bytes)
            let (begun, begin) = AsyncStream<Void>.makeStream()
            let caller = Task { [bytes] in
                try await store.ingest(descriptor) { ingest, _ in
                    try RegularFile.write(ingest.file.raw, Array(bytes[..<10]), at: 0)
                    begin.yield()
                    try await Task.sleep(for: .seconds(3600))  // until cancelled
                }
            }
            for await _ in begun { break }
            caller.cancel()
            await #expect(throws: CancellationError.self) { try await caller.value }
            try await store.ingest(descriptor) { [bytes] ingest, _ in
                #expect(ingest.offset == 10)
                try RegularFile.write(ingest.file.raw, Array(bytes[10...]), at: 10)
            }
        }
    }

    @Test func noticesDamageOnTheDisk() async throws {
        try await withStore { store in
            let name = try store.write(bytes)
            #expect(throws: BerthError.self) { try store.read(name, limit: 299_999) }
            let path = "\(store.root)/blobs/sha256/\(name.hex)"
            try writeFile(path, Array(bytes.dropLast()) + [1])
            let error = #expect(throws: BerthError.self) { try store.read(name, limit: 1 << 20) }
            #expect(error?.kind == .corrupted)
            #expect(try store.remove(name))
            #expect(try !store.remove(name))
            #expect(#expect(throws: BerthError.self) { try store.open(name).raw }?.kind == .notFound)
        }
    }
}
