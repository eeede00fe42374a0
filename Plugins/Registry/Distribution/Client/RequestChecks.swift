import BerthAPI
import LinuxSystem
import OCISpec

/// What callers say becomes part of URLs: only what fits the grammar of references may.
enum RequestChecks {
    /// - Throws: `invalidArgument`.
    static func check(_ target: RegistryTarget) throws {
        do {
            _ = try ImageReference(domain: target.domain, repository: target.repository)
        } catch {
            let text = clipped("\(target.domain)/\(target.repository)")
            throw BerthError(.invalidArgument, "\(text): \(error)", object: "repository \(text)")
        }
    }

    static func check(domain: String) throws { try check(RegistryTarget(domain: domain, repository: "any/name")) }

    /// A digest, or a tag.
    static func check(reference: String) throws {
        if Digest(reference) != nil { return }
        guard let parsed = try? ImageReference("localhost/name:\(reference)"), parsed.tag == reference else {
            throw BerthError(.invalidArgument, "'\(clipped(reference))' is neither a tag nor a digest")
        }
    }

    static func check(_ descriptor: OCIDescriptor) throws {
        guard Digest(descriptor.digest) != nil else {
            throw BerthError(.invalidArgument, "'\(clipped(descriptor.digest))' is not a sha256 digest")
        }
        guard descriptor.size >= 0 else {
            throw BerthError(.invalidArgument, "\(descriptor.size) is no size of \(descriptor.digest)")
        }
    }

    /// An offset within what is to be fetched, and within the file.
    static func check(offset: Int64, of descriptor: OCIDescriptor, in file: SharedDescriptor) throws {
        try check(descriptor)
        guard (0...descriptor.size).contains(offset) else {
            throw BerthError(
                .invalidArgument, "offset \(offset) is not within the \(descriptor.size) bytes of \(descriptor.digest)")
        }
        let size = try RegularFile.size(file.raw)
        guard offset <= size else {
            throw BerthError(.invalidArgument, "offset \(offset) is behind the \(size) bytes that the file has")
        }
    }

    private static func clipped(_ text: String) -> String { String(text.prefix(200)) }
}
