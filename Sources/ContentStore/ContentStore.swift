import BerthAPI
import Hashing
import JSON
import LinuxSystem
import OCISpec

/// Content-addressed blobs: a valid OCI image layout (image-spec, image-layout.md) that other tools can read.
///
/// ```
/// content
/// ├── oci-layout               {"imageLayoutVersion": "1.0.0"}
/// ├── index.json               what the image store names
/// ├── blobs/sha256/<digest>    verified, never changed, mode 0444
/// └── ingest/<digest>          what is still being written: invisible, resumed by its size
/// ```
///
/// A blob appears by rename once size and digest are verified and its bytes are on the disk. Blocking work runs on
/// threads of its own, never on Swift's cooperative pool.
public final class ContentStore: Sendable {
    /// What a manifest or index may be long at most, in bytes (distribution-spec: 4 MiB).
    public static let manifestLimit = 4 << 20
    /// What an image configuration may be long at most, in bytes.
    public static let configLimit = 8 << 20

    public let root: String
    let layout: Folder
    let blobs: Folder
    let ingests: Folder
    let threads = BlockingThreads(name: "content", maximum: 4)
    let transfers = SharedWork<Digest, Bool, Int64>()

    /// Opens the store, or makes it.
    ///
    /// - Throws: `failedPrecondition` for an image layout of a version that is not known.
    public init(root: String) throws {
        self.root = root
        layout = try Folder.open(root, creating: true)
        blobs = try layout.folder("blobs", creating: true).folder("sha256", creating: true)
        ingests = try layout.folder("ingest", creating: true)
        try Self.prepareLayout(layout)
    }

    private static func prepareLayout(_ layout: Folder) throws {
        if try layout.size(of: "oci-layout") == nil {
            try layout.replace("oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        } else {
            let file = try layout.open("oci-layout", .read)
            let marker = try JSON(parsing: try RegularFile.readAll(file.raw, limit: 4096))
            guard marker["imageLayoutVersion"]?.string == "1.0.0" else {
                throw BerthError(.failedPrecondition, "\(layout.path) is not an OCI image layout of version 1.0.0")
            }
        }
        if try layout.size(of: "index.json") == nil {
            try layout.replace("index.json", with: try JSON(encoding: ImageIndex(manifests: [])).serialized())
        }
    }

    // MARK: Reading

    /// Bytes of a blob, or nil when there is none.
    public func size(of digest: Digest) throws -> Int64? { try blobs.size(of: digest.hex) }

    /// Opens a blob for reading.
    ///
    /// - Throws: `notFound` when there is none.
    public func open(_ digest: Digest) throws -> Descriptor {
        do {
            return try blobs.open(digest.hex, .read)
        } catch {
            throw openingError(error, "blob \(digest)")
        }
    }

    /// A small blob's bytes, hashed again: what is damaged on the disk is not used.
    ///
    /// - Parameter limit: bytes.
    /// - Throws: `notFound`, `corrupted`, or `invalidArgument` for one that is longer than `limit`.
    public func read(_ digest: Digest, limit: Int) throws -> [UInt8] {
        let file = try open(digest)
        let size = try RegularFile.size(file.raw)
        guard size <= Int64(limit) else {
            throw BerthError(
                .invalidArgument, "blob \(digest) has \(size) bytes where at most \(limit) are allowed",
                object: "blob \(digest)")
        }
        let bytes = try RegularFile.readAll(file.raw, limit: limit)
        guard SHA256.digest(of: bytes) == digest else {
            throw BerthError(
                .corrupted, "blob \(digest) is damaged on the disk", object: "blob \(digest)",
                hint: "remove the image and pull it again")
        }
        return bytes
    }

    /// All blobs with their sizes, in no order. Blocks.
    public func list() throws -> [(digest: Digest, size: Int64)] {
        try blobs.names().compactMap { name in
            guard let digest = Digest(hex: name), let size = try blobs.size(of: name) else { return nil }
            return (digest, size)
        }
    }

    /// The digest that a blob's bytes have now. Blocks; reads all of it.
    public func hash(_ digest: Digest) throws -> Digest {
        let file = try open(digest)
        var hash = SHA256()
        _ = try hash.update(file: file.raw)
        return hash.finalize()
    }

    /// What `index.json` says now.
    public func readIndex() throws -> [OCIDescriptor] {
        let file = try layout.open("index.json", .read)
        let bytes = try RegularFile.readAll(file.raw, limit: Self.manifestLimit)
        return try JSON(parsing: bytes).decode(ImageIndex.self).manifests
    }

    // MARK: Changing

    /// Stores a small blob that was made here.
    public func write(_ bytes: [UInt8]) throws -> Digest {
        let digest = SHA256.digest(of: bytes)
        if try size(of: digest) == nil {
            do {
                try blobs.replace(digest.hex, with: bytes)
            } catch {
                throw storageError(error, "blob \(digest)")
            }
        }
        return digest
    }

    /// Removes a blob. The caller makes sure that nothing references it.
    ///
    /// - Returns: false when there was none.
    @discardableResult
    public func remove(_ digest: Digest) throws -> Bool { try blobs.remove(digest.hex) }

    /// Removes ingests that nothing has written to for a while.
    ///
    /// - Parameter age: seconds since the last write.
    public func removeIngests(olderThan age: Int64) throws {
        for name in try ingests.names() {
            guard let digest = Digest(hex: name), !transfers.isRunning(digest) else { continue }
            if let idle = try ingests.secondsSinceChange(of: name), idle > age { try ingests.remove(name) }
        }
    }

    /// Rewrites `index.json`. One call at a time.
    public func writeIndex(_ entries: [OCIDescriptor]) throws {
        do {
            try layout.replace(
                "index.json", with: try JSON(encoding: ImageIndex(manifests: entries)).serialized(pretty: true))
        } catch let error as SystemError {
            throw storageError(error, "index.json")
        }
    }

    private func openingError(_ error: SystemError, _ object: String) -> BerthError {
        guard error.errno == .noEntry else { return storageError(error, object) }
        return BerthError(.notFound, "no such \(object)", object: object)
    }

    /// Runs blocking work on the store's threads.
    public func offPool<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.run(body)
    }

    func storageError(_ error: SystemError, _ object: String) -> BerthError {
        let full: [Errno] = [.noSpace, .quotaExceeded]
        guard full.contains(error.errno) else { return BerthError(.internal, "\(object): \(error)", object: object) }
        return BerthError(
            .resourceExhausted, "no space left for \(object) in \(root)", object: object,
            hint: "free some space; what was fetched is kept, and the next attempt goes on from there")
    }
}
