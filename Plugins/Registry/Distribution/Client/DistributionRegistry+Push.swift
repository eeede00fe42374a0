import BerthAPI
import LinuxSystem
import OCISpec
import PluginKit

extension DistributionRegistry {
    public func push(_ request: RegistryPush, from file: SharedDescriptor, transfer: Transfer) throws -> Bool {
        try RequestChecks.check(request.descriptor)
        if let reference = request.reference { try RequestChecks.check(reference: reference) }
        for repository in request.mountFrom ?? [] {
            try RequestChecks.check(RegistryTarget(domain: request.target.domain, repository: repository))
        }
        let size = try RegularFile.size(file.raw)
        guard size == request.descriptor.size else {
            throw BerthError(
                .invalidArgument, "the file has \(size) bytes, the descriptor says \(request.descriptor.size)")
        }
        let push = Push(
            registry: self, target: request.target, descriptor: request.descriptor, file: file,
            control: TransferControl(transfer))
        let what = "\(request.reference == nil ? "blob" : "manifest") \(request.descriptor.digest)"
        return try speaking(to: request.target, of: what) { endpoint in
            guard let reference = request.reference else {
                // Of several that push one blob, all but the first find it there.
                return try uploads.hold(["\(request.target.domain)/\(request.target.repository)@\(what)"]) {
                    try push.blob(endpoint, mountFrom: request.mountFrom ?? [])
                }
            }
            return try push.manifest(endpoint, reference: reference)
        }
    }
}

/// One blob or manifest on its way to a registry (distribution-spec, push).
private struct Push {
    let registry: DistributionRegistry
    let target: RegistryTarget
    let descriptor: OCIDescriptor
    let file: SharedDescriptor
    let control: TransferControl

    private static let mountAttempts = 4

    private var scope: String { "repository:\(target.repository):pull,push" }

    private func send(_ request: HTTPRequest, _ endpoint: Endpoint, scope: String? = nil) throws -> HTTPResponse {
        try registry.send(request, target, endpoint, scope: scope ?? self.scope, control: control)
    }

    // MARK: Manifests

    /// - Returns: whether the reference stood for it already.
    func manifest(_ endpoint: Endpoint, reference: String) throws -> Bool {
        let url = registry.url(endpoint, target, "manifests/" + reference)
        var head = HTTPRequest("HEAD", url)
        head.headers = [("Accept", DistributionRegistry.accept)]
        let known = try send(head, endpoint)
        if known.isSuccess, known["docker-content-digest"] == descriptor.digest { return true }
        var put = HTTPRequest("PUT", url)
        put.headers = [("Content-Type", descriptor.mediaType)]
        put.body = .file(file.raw, offset: 0, count: descriptor.size)
        put.isIdempotent = true
        _ = try registry.success(try send(put, endpoint))
        return false
    }

    // MARK: Blobs

    /// - Returns: whether the registry had it.
    func blob(_ endpoint: Endpoint, mountFrom: [String]) throws -> Bool {
        if try isThere(endpoint) { return true }

        var upload: String?
        for repository in mountFrom.prefix(Self.mountAttempts) {
            let outcome = try mount(from: repository, endpoint)
            if case .refused = outcome { continue }
            if let begun = upload { try cancel(begun, endpoint) }
            guard case .upload(let location) = outcome else { return true }
            upload = location
        }
        let location = try upload ?? begin(endpoint)
        do {
            if let chunk = endpoint.chunkSize, descriptor.size > chunk {
                try sendChunks(of: chunk, to: location, endpoint)
            } else {
                try finish(location, endpoint, body: .file(file.raw, offset: 0, count: descriptor.size))
            }
        } catch RegistryFailure.status(let response) where (400..<500).contains(response.status) {
            // Some registries refuse what another client has just brought.
            guard try isThere(endpoint) else { throw RegistryFailure.status(response) }
            return true
        }
        return false
    }

    private func isThere(_ endpoint: Endpoint) throws -> Bool {
        let head = HTTPRequest("HEAD", registry.url(endpoint, target, "blobs/" + descriptor.digest))
        let known = try send(head, endpoint)
        guard known.isSuccess || known.status == 404 else { throw RegistryFailure.status(known) }
        return known.isSuccess
    }

    private enum Mount {
        case mounted
        /// The registry began an upload instead.
        case upload(String)
        case refused
    }

    private func mount(from repository: String, _ endpoint: Endpoint) throws -> Mount {
        var url = registry.url(endpoint, target, "blobs/uploads/")
        url = Encoding.adding("mount", descriptor.digest, to: url)
        url = Encoding.adding("from", repository, to: url)
        let response = try send(
            HTTPRequest("POST", url), endpoint, scope: scope + " repository:\(repository):pull")
        if response.status == 201 { return .mounted }
        if response.status == 202 { return .upload(try location(response)) }
        return .refused
    }

    /// Gives up an upload; a registry that does not know how forgets it by itself.
    private func cancel(_ location: String, _ endpoint: Endpoint) throws {
        _ = try send(HTTPRequest("DELETE", location), endpoint)
    }

    private func begin(_ endpoint: Endpoint) throws -> String {
        let response = try send(HTTPRequest("POST", registry.url(endpoint, target, "blobs/uploads/")), endpoint)
        return try location(try registry.success(response))
    }

    private func sendChunks(of size: Int64, to first: String, _ endpoint: Endpoint) throws {
        var location = first
        var offset: Int64 = 0
        while offset < descriptor.size {
            let count = min(size, descriptor.size - offset)
            var patch = HTTPRequest("PATCH", location)
            patch.headers = [
                ("Content-Type", "application/octet-stream"), ("Content-Range", "\(offset)-\(offset + count - 1)"),
            ]
            patch.body = .file(file.raw, offset: offset, count: count)
            location = try self.location(try registry.success(try send(patch, endpoint)))
            offset += count
        }
        try finish(location, endpoint, body: .none)
    }

    private func finish(_ location: String, _ endpoint: Endpoint, body: HTTPRequest.Body) throws {
        var put = HTTPRequest("PUT", Encoding.adding("digest", descriptor.digest, to: location))
        put.headers = [("Content-Type", "application/octet-stream")]
        put.body = body
        _ = try registry.success(try send(put, endpoint))
    }

    private func location(_ response: HTTPResponse) throws -> String {
        guard let location = response.location else { throw RegistryFailure.badURL("") }
        return location
    }
}
