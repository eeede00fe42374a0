import BerthAPI
import Hashing
import JSON
import JSONRPC
import LinuxSystem
import OCISpec

/// A registry backend with a domain that it can push to, and the steps that several checks take. Repositories of a real
/// registry outlive a check, so each has names of its own.
struct RegistrySubject {
    let bench: Bench
    let domain: String
    private let prefix = "conformance-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"

    /// Skips when no registry answers there.
    init(_ bench: Bench) throws {
        self.bench = bench
        domain = bench.settings.registryDomain ?? Self.nowhere
        _ = try bench.session
        guard bench.handshake?.capabilities.contains("push") == true else { return }
        do {
            _ = try push([1], target("probe"))
        } catch let error as BerthError where error.kind == .unavailable || error.kind == .permissionDenied {
            throw Skip("no registry takes a push at \(domain); name one with --registry: \(error)")
        }
    }

    /// A name that never resolves (RFC 6761, section 6.4), for backends to which every domain is the same.
    private static let nowhere = "conformance.invalid"

    static var table: [Check<RegistrySubject>] { content + refusals + faults }

    @discardableResult
    func call<M: Method>(_ method: M, descriptors: [SharedDescriptor] = []) throws -> M.Result {
        try bench.call(method, descriptors: descriptors)
    }

    func target(_ name: String = "app") -> RegistryTarget {
        RegistryTarget(domain: domain, repository: "\(prefix)/\(name)")
    }

    // MARK: Content

    static func blob(_ bytes: [UInt8], type: String = MediaType.layerGzip) -> OCIDescriptor {
        OCIDescriptor(mediaType: type, digest: SHA256.digest(of: bytes).description, size: Int64(bytes.count))
    }

    /// Bytes that no other seed gives.
    static func bytes(_ count: Int, seed: Int) -> [UInt8] {
        var state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            // xorshift64 (Marsaglia, 2003).
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state)
        }
    }

    static func pushRequest(
        _ bytes: [UInt8], _ target: RegistryTarget, type: String = MediaType.layerGzip, tag: String? = nil
    ) -> RegistryPush {
        RegistryPush(target: target, descriptor: blob(bytes, type: type), reference: tag)
    }

    /// - Returns: whether it was there already.
    @discardableResult
    func push(
        _ bytes: [UInt8], _ target: RegistryTarget, type: String = MediaType.layerGzip, tag: String? = nil
    ) throws -> Bool {
        try call(
            Self.pushRequest(bytes, target, type: type, tag: tag), descriptors: [try memoryFile(bytes)]
        ).existed
    }

    /// The manifest of an image of one layer.
    static func manifest(_ config: [UInt8], _ layer: [UInt8]) throws -> [UInt8] {
        let manifest = ImageManifest(config: blob(config, type: MediaType.config), layers: [blob(layer)])
        return try JSON(encoding: manifest).serialized()
    }

    static let config = Array(#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#.utf8)

    /// Pushes an image of one layer.
    ///
    /// - Returns: the manifest.
    @discardableResult
    func pushImage(_ target: RegistryTarget, tag: String, layer: [UInt8]) throws -> OCIDescriptor {
        try push(layer, target)
        try push(Self.config, target, type: MediaType.config)
        let bytes = try Self.manifest(Self.config, layer)
        try push(bytes, target, type: MediaType.manifest, tag: tag)
        return Self.blob(bytes, type: MediaType.manifest)
    }

    func resolve(_ target: RegistryTarget, _ reference: String) throws -> OCIDescriptor {
        try call(RegistryResolve(target: target, reference: reference)).descriptor
    }

    /// Fetches into a file that has the first bytes already.
    func fetch(_ descriptor: OCIDescriptor, _ target: RegistryTarget, having: [UInt8] = []) throws -> [UInt8] {
        let file = try memoryFile(having)
        let request = RegistryFetch(target: target, descriptor: descriptor, offset: Int64(having.count))
        let result = try call(request, descriptors: [file])
        try require(result.size == descriptor.size, "the answer says \(result.size) bytes of \(descriptor.size)")
        return try RegularFile.readAll(file.raw, limit: 64 << 20)
    }

    func exists(_ descriptor: OCIDescriptor, _ target: RegistryTarget) throws -> Bool {
        try call(RegistryExists(target: target, descriptor: descriptor)).exists
    }
}
