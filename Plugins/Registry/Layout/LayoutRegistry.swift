import BerthAPI
import LinuxSystem
import OCISpec
import PluginKit

/// A folder of OCI image layouts as a registry.
///
/// ```
/// <path>/<domain>/<repository>        docker.io/library/busybox
/// ├── oci-layout
/// ├── index.json                      a manifest's tag is its org.opencontainers.image.ref.name
/// ├── .lock                           held (flock) while index.json is changed
/// └── blobs/sha256/<digest>           .push-… while they are written
/// ```
struct LayoutRegistry: RegistryDriver {
    private static let maximumDepth = 16

    let root: Folder

    init(path: String) throws { root = try Folder.open(path, creating: true) }

    func resolve(_ target: RegistryTarget, reference: String) throws -> OCIDescriptor {
        let repository = try repository(target)
        if let digest = Digest(reference) { return try repository.manifest(digest) }
        return try repository.manifest(tagged: reference)
    }

    func fetch(_ request: RegistryFetch, into file: SharedDescriptor, transfer: Transfer) throws -> Int64 {
        let repository = try repository(request.target)
        let descriptor = request.descriptor
        let blob = try repository.open(try Self.digest(descriptor))
        let size = try RegularFile.size(blob.raw)
        guard size == descriptor.size else {
            throw BerthError(
                .corrupted, "blob \(descriptor.digest) has \(size) bytes, not \(descriptor.size)",
                object: "blob \(descriptor.digest)")
        }
        guard request.offset >= 0, request.offset <= size else {
            throw BerthError(.invalidArgument, "offset \(request.offset) is not within the blob's \(size) bytes")
        }
        let copied = try RegularFile.copy(
            from: blob.raw, at: request.offset, to: file.raw, at: request.offset, count: size - request.offset
        ) { bytes, position in try transfer.report(position + Int64(bytes.count)) }
        return request.offset + copied
    }

    func push(_ request: RegistryPush, from file: SharedDescriptor, transfer: Transfer) throws -> Bool {
        let name = try Self.checked(request.target)
        let repository = try LayoutRepository(try folder(name, creating: true), name: name.familiarName, creating: true)
        let digest = try Self.digest(request.descriptor)
        guard let reference = request.reference else {
            for other in request.mountFrom ?? [] {
                let source = RegistryTarget(domain: name.domain, repository: other)
                if let from = try existing(source), try repository.link(digest, from: from) { return true }
            }
            return try repository.write(request.descriptor, digest, from: file, transfer: transfer)
        }
        return try repository.put(request.descriptor, digest, from: file, reference: reference, transfer: transfer)
    }

    func exists(_ target: RegistryTarget, _ descriptor: OCIDescriptor) throws -> Bool {
        try existing(target)?.size(of: Self.digest(descriptor)) != nil
    }

    func tags(_ target: RegistryTarget) throws -> [String] { try repository(target).tags() }

    func catalog(domain: String, credentials: RegistryCredentials?) throws -> [String] {
        _ = try Self.checked(RegistryTarget(domain: domain, repository: "any/name"))
        guard let folder = try Self.present({ try root.folder(domain) }) else { return [] }
        var found: [String] = []
        try collect(in: folder, prefix: "", depth: 0, into: &found)
        return found.sorted()
    }

    /// Nobody needs to prove anything here: the folder's permissions decide.
    func login(domain: String, credentials: RegistryCredentials) throws {}

    // MARK: Folders

    private func collect(in folder: Folder, prefix: String, depth: Int, into found: inout [String]) throws {
        guard depth < Self.maximumDepth else { return }
        let isLayout = try folder.size(of: "oci-layout") != nil
        if isLayout { found.append(prefix) }
        for name in try folder.names() where !(isLayout && name == "blobs") && !name.hasPrefix(".") {
            guard let child = try Self.present({ try folder.folder(name) }) else { continue }
            try collect(in: child, prefix: prefix.isEmpty ? name : "\(prefix)/\(name)", depth: depth + 1, into: &found)
        }
    }

    private func repository(_ target: RegistryTarget) throws -> LayoutRepository {
        guard let repository = try existing(target) else {
            let name = "\(target.domain)/\(target.repository)"
            throw BerthError(.notFound, "no repository \(name) in \(root.path)", object: "repository \(name)")
        }
        return repository
    }

    private func existing(_ target: RegistryTarget) throws -> LayoutRepository? {
        let name = try Self.checked(target)
        guard let folder = try Self.present({ try folder(name, creating: false) }) else { return nil }
        guard try folder.size(of: "oci-layout") != nil else { return nil }
        return try LayoutRepository(folder, name: name.familiarName, creating: false)
    }

    private func folder(_ name: ImageReference, creating: Bool) throws -> Folder {
        var folder = try root.folder(name.domain, creating: creating)
        for component in name.repository.split(separator: "/") {
            folder = try folder.folder(String(component), creating: creating)
        }
        return folder
    }

    /// - Returns: nil where there is no such folder, or something else.
    private static func present(_ open: () throws -> Folder) throws -> Folder? {
        do {
            return try open()
        } catch let error as SystemError where [.noEntry, .notDirectory, .tooManyLinks].contains(error.errno) {
            return nil
        }
    }

    // MARK: What callers say

    /// A domain and repository that are safe as names of folders, since they fit the grammar.
    private static func checked(_ target: RegistryTarget) throws -> ImageReference {
        do {
            return try ImageReference(domain: target.domain, repository: target.repository)
        } catch {
            let text = "\(target.domain)/\(target.repository)"
            throw BerthError(.invalidArgument, "\(text): \(error)", object: "repository \(text)")
        }
    }

    private static func digest(_ descriptor: OCIDescriptor) throws -> Digest {
        guard let digest = Digest(descriptor.digest) else {
            throw BerthError(.invalidArgument, "\(descriptor.digest.prefix(100)) is not a sha256 digest")
        }
        return digest
    }
}
