import BerthAPI
import Hashing
import LinuxSystem
import OCISpec

extension ContentStore {
    /// A file for a blob that is made here: gone with its last descriptor, unless it is added.
    public func makeFile() throws -> SharedDescriptor {
        do {
            return try ingests.makeUnnamed().shared()
        } catch {
            throw storageError(error, "a new blob")
        }
    }

    /// Digest and bytes of what a file holds.
    public func digest(of file: SharedDescriptor) async throws -> (digest: Digest, size: Int64) {
        try await threads.run {
            var hash = SHA256()
            let size = try hash.update(file: file.raw)
            return (hash.finalize(), size)
        }
    }

    /// Makes a file from `makeFile` the blob with its digest. The caller holds a lease on that.
    public func add(_ file: SharedDescriptor, as digest: Digest) async throws {
        try await threads.run {
            do {
                try RegularFile.makeReadOnly(file.raw)
                // The bytes before the name: after a loss of power the name never stands for half a blob.
                try RegularFile.synchronize(file.raw)
                // The same blob may have come another way meanwhile.
                if try self.blobs.name(file.raw, digest.hex) { try self.blobs.synchronize() }
            } catch let error as SystemError {
                throw self.storageError(error, "blob \(digest)")
            }
        }
    }
}
