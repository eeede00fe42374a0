import BerthAPI
import Hashing
import JSON
import LinuxSystem
import OCISpec
import PluginKit

/// One repository:
///
///     <folder>/blobs/<hexadecimal digest>    content, manifests too
///     <folder>/manifests/<name>              descriptor of a tag or of a manifest's digest
struct Repository {
    /// What a crash left is removed when it has lain for a day.
    private static let leftover = ".new-"
    private static let leftoverAge: Int64 = 24 * 3600
    /// Several callers may give names at once.
    private static let naming = KeyLocks()

    private let blobs: Folder
    private let manifests: Folder

    init(_ folder: Folder) throws {
        blobs = try folder.folder("blobs", creating: true)
        manifests = try folder.folder("manifests", creating: true)
    }

    // MARK: Content

    func size(of digest: Digest) throws -> Int64? { try blobs.size(of: digest.hex) }

    func open(_ digest: Digest) throws -> Descriptor { try blobs.open(digest.hex, .read) }

    /// Whole, and what it says it is, or not at all.
    func store(
        _ descriptor: OCIDescriptor, _ digest: Digest, from file: SharedDescriptor, transfer: Transfer
    ) throws {
        try removeLeftovers()
        let new = Self.leftover + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        do {
            let target = try blobs.open(new, .createNew)
            var hash = SHA256()
            let copied = try RegularFile.copy(from: file.raw, at: 0, to: target.raw, at: 0, count: .max) {
                hash.update($0)
                try transfer.report($1 + Int64($0.count))
            }
            guard copied == descriptor.size, hash.finalize() == digest else {
                throw BerthError(.corrupted, "what was pushed is not \(digest) of \(descriptor.size) bytes")
            }
            try RegularFile.synchronize(target.raw)
            try blobs.rename(new, to: digest.hex)
            try blobs.synchronize()
        } catch {
            // The first error is the one to tell.
            _ = try? blobs.remove(new)
            throw error
        }
    }

    /// Takes a blob that another repository has.
    ///
    /// - Returns: false when it does not have it.
    func link(_ digest: Digest, from other: Repository) throws -> Bool {
        guard try other.size(of: digest) != nil else { return false }
        do {
            try blobs.link(digest.hex, from: other.blobs)
        } catch {
            guard error.errno == .exists else { throw error }
        }
        return true
    }

    private func removeLeftovers() throws {
        for name in try blobs.names() where name.hasPrefix(Self.leftover) {
            if let age = try blobs.secondsSinceChange(of: name), age > Self.leftoverAge { try blobs.remove(name) }
        }
    }

    // MARK: Names

    func descriptor(named name: String) throws -> OCIDescriptor? {
        guard try manifests.size(of: name) != nil else { return nil }
        return try JSON(parsing: try readFile("\(manifests.path)/\(name)")).decode(OCIDescriptor.self)
    }

    func name(_ descriptor: OCIDescriptor, as name: String) throws {
        try Self.naming.hold(["\(manifests.path)/\(name)"]) {
            try manifests.replace(name, with: try JSON(encoding: descriptor).serialized())
        }
    }

    func names() throws -> [String] { try manifests.names().filter { !$0.hasPrefix(".") }.sorted() }
}
