import BerthAPI
import LinuxSystem
import OCISpec
import PluginKit

/// The driver: names are checked here, content is the repository's.
struct Registry: RegistryDriver {
    private let root: Folder

    init(root: String) throws { self.root = try Folder.open(root + "/repositories", creating: true) }

    func resolve(_ target: RegistryTarget, reference: String) throws -> OCIDescriptor {
        let name = try Digest(reference)?.hex ?? Self.tag(reference)
        guard let found = try repository(target)?.descriptor(named: name) else { throw Self.missing(target, reference) }
        return found
    }

    func fetch(_ request: RegistryFetch, into file: SharedDescriptor, transfer: Transfer) throws -> Int64 {
        let (digest, size) = (try Self.digest(request.descriptor), request.descriptor.size)
        guard (0...max(size, 0)).contains(request.offset), size >= 0 else {
            throw BerthError(.invalidArgument, "an offset of \(request.offset) in \(size) bytes")
        }
        guard let repository = try repository(request.target), try repository.size(of: digest) == size else {
            throw Self.missing(request.target, digest.description)
        }
        let blob = try repository.open(digest)
        let copied = try RegularFile.copy(
            from: blob.raw, at: request.offset, to: file.raw, at: request.offset, count: size - request.offset
        ) { bytes, position in try transfer.report(position + Int64(bytes.count)) }
        return request.offset + copied
    }

    func push(_ request: RegistryPush, from file: SharedDescriptor, transfer: Transfer) throws -> Bool {
        let digest = try Self.digest(request.descriptor)
        let name = try request.reference.map { $0 == digest.description ? digest.hex : try Self.tag($0) }
        let repository = try repository(request.target, creating: true)!
        var existed = try repository.size(of: digest) != nil
        for other in request.mountFrom ?? [] where !existed {
            let from = RegistryTarget(domain: request.target.domain, repository: other)
            existed = try self.repository(from).map { try repository.link(digest, from: $0) } ?? false
        }
        if !existed { try repository.store(request.descriptor, digest, from: file, transfer: transfer) }
        if let name {
            for name in [digest.hex, name] { try repository.name(request.descriptor, as: name) }
        }
        return existed
    }

    func exists(_ target: RegistryTarget, _ descriptor: OCIDescriptor) throws -> Bool {
        try repository(target)?.size(of: Self.digest(descriptor)) != nil
    }

    func tags(_ target: RegistryTarget) throws -> [String] {
        guard let repository = try repository(target) else { throw Self.missing(target, "any tag") }
        return try repository.names().filter { Digest("sha256:\($0)") == nil }
    }

    func catalog(domain: String, credentials: RegistryCredentials?) throws -> [String] {
        try root.names().map { $0.replacing("%", with: "/") }
            .filter { $0.hasPrefix("\(domain)/") }.map { String($0.dropFirst(domain.count + 1)) }.sorted()
    }

    /// Nobody needs to prove anything here.
    func login(domain: String, credentials: RegistryCredentials) throws {}

    // MARK: Names

    /// - Returns: nil for one that does not exist.
    private func repository(_ target: RegistryTarget, creating: Bool = false) throws -> Repository? {
        let name = "\(target.domain)/\(target.repository)"
        do {
            _ = try ImageReference(domain: target.domain, repository: target.repository)
        } catch {
            throw BerthError(
                .invalidArgument, "\(name.prefix(200)): \(error)", object: "repository \(name.prefix(200))")
        }
        // The grammar of names has no percent sign.
        let folder = name.replacing("/", with: "%")
        guard creating || fileExists("\(root.path)/\(folder)") else { return nil }
        return try Repository(root.folder(folder, creating: creating))
    }

    private static func tag(_ text: String) throws -> String {
        guard (try? ImageReference("name:" + text))?.tag == text else {
            throw BerthError(.invalidArgument, "'\(text.prefix(200))' is no tag")
        }
        return text
    }

    private static func digest(_ descriptor: OCIDescriptor) throws -> Digest {
        guard let digest = Digest(descriptor.digest) else {
            throw BerthError(.invalidArgument, "'\(descriptor.digest.prefix(200))' is no digest")
        }
        return digest
    }

    private static func missing(_ target: RegistryTarget, _ what: String) -> BerthError {
        let name = "\(target.domain)/\(target.repository)"
        return BerthError(.notFound, "\(name) has not \(what.prefix(200))", object: "repository \(name)")
    }
}
