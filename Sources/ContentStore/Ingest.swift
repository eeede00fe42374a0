import BerthAPI
import Hashing
import LinuxSystem
import OCISpec

/// A blob that is being written.
public struct Ingest: Sendable {
    /// The file to write to, from `offset` on.
    public let file: SharedDescriptor
    /// Bytes that an earlier attempt left.
    public let offset: Int64
}

extension ContentStore {
    /// Fetches a blob unless it is there. Callers with the same digest at the same time share one transfer; it ends
    /// early when the last of them is cancelled.
    ///
    /// - Parameters:
    ///   - fetch: writes the bytes from the ingest's offset on; is given a function for the bytes that the file has.
    ///     When it throws, what was written stays for the next attempt.
    ///   - progress: is given the bytes that the file has.
    /// - Returns: false when the blob was there.
    /// - Throws: what `fetch` throws; `corrupted` when size or digest are not the descriptor's: then nothing stays;
    ///   `resourceExhausted` for a full disk.
    @discardableResult
    public func ingest(
        _ descriptor: OCIDescriptor, progress: @escaping @Sendable (Int64) -> Void = { _ in },
        fetch: @escaping @Sendable (Ingest, @escaping @Sendable (Int64) -> Void) async throws -> Void
    ) async throws -> Bool {
        guard let digest = Digest(descriptor.digest), descriptor.size >= 0 else {
            throw BerthError(
                .invalidArgument, "\(descriptor.digest.prefix(100)) is not a sha256 digest", object: "blob")
        }
        if let stored = try size(of: digest) {
            try check(size: stored, of: digest, against: descriptor)
            return false
        }
        return try await transfers.run(digest, onUpdate: progress) { report in
            try await self.transfer(descriptor, digest, report: report, fetch: fetch)
        }
    }

    private func transfer(
        _ descriptor: OCIDescriptor, _ digest: Digest, report: @escaping @Sendable (Int64) -> Void,
        fetch: @Sendable (Ingest, @escaping @Sendable (Int64) -> Void) async throws -> Void
    ) async throws -> Bool {
        // Another transfer may have ended between the caller's look and this one.
        if try size(of: digest) != nil { return false }
        var ingest = try openIngest(digest, size: descriptor.size)
        while true {
            if ingest.offset < descriptor.size || descriptor.size == 0 { try await fetch(ingest, report) }
            let (file, path) = (ingest.file, "blob \(digest)")
            let found = try await threads.run { () throws -> (Int64, Digest) in
                var hash = SHA256()
                let size = try hash.update(file: file.raw)
                return (size, hash.finalize())
            }
            if found == (descriptor.size, digest) { break }
            if found.0 < descriptor.size {
                throw BerthError(
                    .unavailable, "\(path) ended after \(found.0) of \(descriptor.size) bytes", object: path,
                    hint: "try again: it goes on from there")
            }
            try ingests.remove(digest.hex)
            // An earlier attempt, or a loss of power, may have left wrong bytes: once more from the start.
            guard ingest.offset > 0 else { throw Self.mismatch(descriptor, size: found.0, digest: found.1) }
            ingest = try openIngest(digest, size: descriptor.size)
        }
        let file = ingest.file
        try await threads.run { try self.publish(digest, file: file) }
        return true
    }

    private func openIngest(_ digest: Digest, size: Int64) throws -> Ingest {
        do {
            let file = try ingests.open(digest.hex, .create)
            var offset = try RegularFile.size(file.raw)
            if offset > size {
                try RegularFile.truncate(file.raw, to: 0)
                offset = 0
            }
            return Ingest(file: file.shared(), offset: offset)
        } catch {
            throw storageError(error, "blob \(digest)")
        }
    }

    private func publish(_ digest: Digest, file: SharedDescriptor) throws {
        do {
            try RegularFile.makeReadOnly(file.raw)
            // The bytes before the name: after a loss of power the name never stands for half a blob.
            try RegularFile.synchronize(file.raw)
            try ingests.rename(digest.hex, to: digest.hex, in: blobs)
            try blobs.synchronize()
        } catch {
            throw storageError(error, "blob \(digest)")
        }
    }

    private func check(size: Int64, of digest: Digest, against descriptor: OCIDescriptor) throws {
        if size != descriptor.size { throw Self.mismatch(descriptor, size: size, digest: digest) }
    }

    private static func mismatch(_ descriptor: OCIDescriptor, size: Int64, digest: Digest) -> BerthError {
        let object = "blob \(descriptor.digest)"
        let message =
            size == descriptor.size
            ? "\(object) does not have that digest but \(digest)"
            : "\(object) has \(size) bytes, not the \(descriptor.size) that its descriptor says"
        return BerthError(.corrupted, message, object: object, hint: "the registry or a proxy on the way is at fault")
    }
}
