import BerthAPI
import Hashing
import JSON
import LinuxSystem
import OCISpec
import PluginKit

/// One OCI image layout (image-spec, image-layout.md).
struct LayoutRepository {
    private static let refName = "org.opencontainers.image.ref.name"
    private static let manifestLimit = 4 << 20
    private static let indexLimit = 32 << 20
    private static let temporaryPrefix = ".push-"
    /// Seconds after which a push that was not finished is not going to be.
    private static let temporaryAge: Int64 = 24 * 3600

    private let folder: Folder
    private let blobs: Folder
    private let name: String

    init(_ folder: Folder, name: String, creating: Bool) throws {
        self.folder = folder
        self.name = name
        blobs = try folder.folder("blobs", creating: creating).folder("sha256", creating: creating)
        guard creating, try folder.size(of: "oci-layout") == nil else { return }
        let repository = self
        try locked {
            if try folder.size(of: "index.json") == nil { try repository.writeIndex(ImageIndex(manifests: [])) }
            // Last: this file makes the folder a repository.
            try folder.replace("oci-layout", with: Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        }
    }

    // MARK: Reading

    func open(_ digest: Digest) throws -> Descriptor {
        do {
            return try blobs.open(digest.hex, .read)
        } catch {
            guard error.errno == .noEntry else { throw error }
            throw BerthError(.notFound, "\(name) has no blob \(digest)", object: "blob \(digest)")
        }
    }

    func size(of digest: Digest) throws -> Int64? { try blobs.size(of: digest.hex) }

    /// Tags in order; what other tools wrote that is no tag is left out.
    func tags() throws -> [String] { Set(try index().manifests.compactMap(tag)).sorted() }

    func manifest(tagged tag: String) throws -> OCIDescriptor {
        let manifests = try index().manifests
        // `skopeo copy … oci:<folder>` without a tag leaves one manifest without a name.
        let unnamed = manifests.count == 1 && tag == ImageReference.defaultTag && self.tag(manifests[0]) == nil
        guard let entry = unnamed ? manifests[0] : manifests.last(where: { self.tag($0) == tag }) else {
            throw BerthError(.notFound, "\(name) has no tag \(tag)", object: "image \(name):\(tag)")
        }
        return OCIDescriptor(mediaType: entry.mediaType, digest: entry.digest, size: entry.size)
    }

    /// A manifest by digest: from the index, or a blob that says its own media type, as parts of an index do.
    func manifest(_ digest: Digest) throws -> OCIDescriptor {
        if let entry = try index().manifests.first(where: { $0.digest == digest.description }) {
            return OCIDescriptor(mediaType: entry.mediaType, digest: entry.digest, size: entry.size)
        }
        let file = try open(digest)
        let bytes = try RegularFile.readAll(file.raw, limit: Self.manifestLimit)
        guard let json = try? JSON(parsing: bytes) else {
            throw BerthError(.notFound, "\(name) has no manifest \(digest)", object: "image \(name)@\(digest)")
        }
        let assumed = json["manifests"] == nil ? MediaType.manifest : MediaType.index
        return OCIDescriptor(
            mediaType: json["mediaType"]?.string ?? assumed, digest: digest.description, size: Int64(bytes.count))
    }

    /// The tag of an entry: its name, or the tag in it where other tools put the whole reference.
    private func tag(_ entry: OCIDescriptor) -> String? {
        guard let text = entry.annotations?[Self.refName] else { return nil }
        if let reference = try? ImageReference(withoutDefaultTag: text), text.contains("/") { return reference.tag }
        return (try? ImageReference("name:" + text))?.tag
    }

    private func index() throws -> ImageIndex {
        do {
            let file = try folder.open("index.json", .read)
            return try JSON(parsing: try RegularFile.readAll(file.raw, limit: Self.indexLimit)).decode(ImageIndex.self)
        } catch {
            throw BerthError(.corrupted, "\(folder.path)/index.json cannot be read: \(error)", object: name)
        }
    }

    // MARK: Writing

    /// Copies a blob in, and makes it visible once size and digest are right.
    ///
    /// - Returns: whether it was there.
    func write(
        _ descriptor: OCIDescriptor, _ digest: Digest, from file: SharedDescriptor, transfer: Transfer
    ) throws -> Bool {
        if try size(of: digest) == descriptor.size { return true }
        try removeOldTemporaries()
        let temporary = Self.temporaryPrefix + String(UInt64.random(in: 0...UInt64.max), radix: 16)
        do {
            let target = try blobs.open(temporary, .createNew)
            var hash = SHA256()
            let limit = descriptor.size == .max ? .max : descriptor.size + 1
            let copied = try RegularFile.copy(from: file.raw, at: 0, to: target.raw, at: 0, count: limit) {
                hash.update($0)
                try transfer.report($1 + Int64($0.count))
            }
            guard copied == descriptor.size, hash.finalize() == digest else {
                throw BerthError(
                    .corrupted, "what was pushed is not \(digest) of \(descriptor.size) bytes", object: "blob \(digest)"
                )
            }
            try RegularFile.makeReadOnly(target.raw)
            try RegularFile.synchronize(target.raw)
            try blobs.rename(temporary, to: digest.hex)
            try blobs.synchronize()
            return false
        } catch {
            // The first error is the one to tell; a temporary that stays is removed by a later push.
            _ = try? blobs.remove(temporary)
            throw error
        }
    }

    /// Takes a blob that another repository has, as a second name of its file.
    ///
    /// - Returns: false when it does not have it.
    func link(_ digest: Digest, from other: LayoutRepository) throws -> Bool {
        guard try other.size(of: digest) != nil else { return false }
        do {
            try blobs.link(digest.hex, from: other.blobs)
        } catch {
            guard error.errno == .exists else { throw error }
        }
        return true
    }

    /// Stores a manifest or index whose parts are there, and lets a tag or digest name it.
    ///
    /// - Returns: whether the name stood for it already.
    func put(
        _ descriptor: OCIDescriptor, _ digest: Digest, from file: SharedDescriptor, reference: String,
        transfer: Transfer
    ) throws -> Bool {
        guard descriptor.size <= Int64(Self.manifestLimit) else {
            throw BerthError(.invalidArgument, "a manifest of \(descriptor.size) bytes is too long", object: name)
        }
        let tag = Digest(reference) == nil ? try Self.checked(tag: reference) : nil
        guard tag != nil || reference == digest.description else {
            throw BerthError(.invalidArgument, "manifest \(digest) cannot be put under \(reference)", object: name)
        }
        try checkParts(try JSON(parsing: try RegularFile.readAll(file.raw, limit: Self.manifestLimit)))
        _ = try write(descriptor, digest, from: file, transfer: transfer)
        return try locked {
            var index = try index()
            var entry = OCIDescriptor(mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size)
            entry.platform = descriptor.platform
            entry.annotations = tag.map { [Self.refName: $0] }
            if index.manifests.contains(entry) { return true }
            index.manifests.removeAll { old in
                tag.map { self.tag(old) == $0 } ?? (old.digest == entry.digest && old.annotations == nil)
            }
            index.manifests.append(entry)
            try writeIndex(index)
            return false
        }
    }

    /// A manifest must not become visible before what it names (distribution-spec: MANIFEST_BLOB_UNKNOWN).
    private func checkParts(_ json: JSON) throws {
        let parts =
            [json["config"]].compactMap { $0 } + (json["layers"]?.array ?? []) + (json["manifests"]?.array ?? [])
        for part in parts {
            guard let digest = part["digest"]?.string.flatMap({ Digest($0) }) else {
                throw BerthError(.invalidArgument, "the manifest names something without a sha256 digest", object: name)
            }
            guard try size(of: digest) != nil else {
                throw BerthError(
                    .failedPrecondition, "the manifest names blob \(digest), which \(name) does not have",
                    object: "blob \(digest)", hint: "push the blobs first")
            }
        }
    }

    private static func checked(tag: String) throws -> String {
        guard (try? ImageReference("name:" + tag))?.tag == tag else {
            throw BerthError(.invalidArgument, "\"\(tag.prefix(200))\" is not a tag")
        }
        return tag
    }

    private func writeIndex(_ index: ImageIndex) throws {
        try folder.replace("index.json", with: try JSON(encoding: index).serialized(pretty: true))
    }

    private func locked<Value>(_ body: () throws -> Value) throws -> Value {
        let lock = try folder.open(".lock", .create)
        try RegularFile.lock(lock.raw)
        // The lock ends with the descriptor, after `body`.
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    private func removeOldTemporaries() throws {
        for name in try blobs.names() where name.hasPrefix(Self.temporaryPrefix) {
            if let idle = try blobs.secondsSinceChange(of: name), idle > Self.temporaryAge { try blobs.remove(name) }
        }
    }
}
