import BerthAPI
import Hashing
import JSON
import LinuxSystem
import OCISpec
import PluginKit

/// Registries that speak the OCI distribution-spec over HTTP.
public final class DistributionRegistry: RegistryDriver {
    static let manifestLimit = 4 << 20
    static let accept = [
        MediaType.manifest, MediaType.index, MediaType.dockerManifest, MediaType.dockerManifestList,
    ].joined(separator: ", ")
    /// How often what may be repeated is tried.
    private static let attempts = 3
    private static let longestPause = Duration.seconds(10)

    private let client: HTTPClient
    private let authorizer: Authorizer
    private let endpoints: EndpointTable
    private let timeouts: Timeouts
    let uploads = KeyLocks()

    /// - Throws: `invalidArgument` for a configuration that is not one.
    public init(configuration: JSON) throws {
        let configuration = try configuration.decode(RegistryConfiguration.self).validated()
        timeouts = configuration.timeouts
        client = try HTTPClient(timeouts: timeouts)
        authorizer = Authorizer(client: client)
        endpoints = EndpointTable(configuration: configuration, client: client)
    }

    // MARK: Manifests

    public func resolve(_ target: RegistryTarget, reference: String) throws -> OCIDescriptor {
        try RequestChecks.check(reference: reference)
        let separator = Digest(reference) == nil ? ":" : "@"
        let what = "image \(target.domain)/\(target.repository)\(separator)\(reference)"
        return try speaking(to: target, of: what) { endpoint in
            var request = HTTPRequest("HEAD", url(endpoint, target, "manifests/" + reference))
            request.headers = [("Accept", Self.accept)]
            let head = try send(request, target, endpoint, control: TransferControl())
            if head.isSuccess, !head.isWebPage, let found = Self.descriptor(head) { return found }
            // Not every registry answers HEAD in full, or at all.
            guard head.isSuccess || head.status == 405 else { throw RegistryFailure.status(head) }
            request.method = "GET"
            request.sink = .memory(limit: Self.manifestLimit)
            let response = try success(try send(request, target, endpoint, control: TransferControl()))
            guard let mediaType = response.mediaType, !response.isWebPage else { throw RegistryFailure.webPage }
            return OCIDescriptor(
                mediaType: mediaType, digest: SHA256.digest(of: response.body).description,
                size: Int64(response.body.count))
        }
    }

    private static func descriptor(_ head: HTTPResponse) -> OCIDescriptor? {
        guard let digest = head["docker-content-digest"], Digest(digest) != nil, let size = head.contentLength,
            let mediaType = head.mediaType
        else { return nil }
        return OCIDescriptor(mediaType: mediaType, digest: digest, size: size)
    }

    // MARK: Fetching

    public func fetch(_ request: RegistryFetch, into file: SharedDescriptor, transfer: Transfer) throws -> Int64 {
        let (target, descriptor) = (request.target, request.descriptor)
        try RequestChecks.check(offset: request.offset, of: descriptor, in: file)
        // A range that begins at the end is one that no server can satisfy (RFC 9110, section 14.1.2).
        if request.offset > 0, request.offset == descriptor.size { return descriptor.size }
        let isManifest =
            MediaType.manifests.contains(descriptor.mediaType) || MediaType.indexes.contains(descriptor.mediaType)
        let kind = isManifest ? "manifest" : "blob"
        let control = TransferControl(transfer)
        return try speaking(to: target, of: "\(kind) \(descriptor.digest)") { endpoint in
            var get = HTTPRequest("GET", url(endpoint, target, "\(kind)s/\(descriptor.digest)"))
            if isManifest { get.headers.append(("Accept", Self.accept)) }
            try fetch(get, descriptor, from: request.offset, into: file, target, endpoint, control)
            return descriptor.size
        }
    }

    /// Goes on, from where it broke off, as long as that brings something.
    private func fetch(
        _ request: HTTPRequest, _ descriptor: OCIDescriptor, from start: Int64, into file: SharedDescriptor,
        _ target: RegistryTarget, _ endpoint: Endpoint, _ control: TransferControl
    ) throws {
        var offset = start
        var failures = 0
        while true {
            var attempt = request
            attempt.sink = .file(file.raw, offset: offset, limit: descriptor.size)
            if offset > 0 { attempt.headers.append(("Range", "bytes=\(offset)-")) }
            do {
                let response = try exchange(attempt, target, endpoint, control: control)
                if response.status == 416, offset > 0 {
                    offset = 0
                    continue
                }
                _ = try success(response)
                let size = try RegularFile.size(file.raw)
                guard size >= descriptor.size else {
                    throw RegistryFailure.wrongLength(found: size, expected: descriptor.size)
                }
                return
            } catch let failure as RegistryFailure where failure.isTransient {
                let size = try RegularFile.size(file.raw)
                failures = size > offset ? 1 : failures + 1
                offset = min(size, descriptor.size)
                guard failures < Self.attempts, offset < descriptor.size else { throw failure }
                try control.pause(Self.pause(after: failures, failure))
            }
        }
    }

    // MARK: Lists

    public func exists(_ target: RegistryTarget, _ descriptor: OCIDescriptor) throws -> Bool {
        try RequestChecks.check(descriptor)
        let isManifest =
            MediaType.manifests.contains(descriptor.mediaType) || MediaType.indexes.contains(descriptor.mediaType)
        let kind = isManifest ? "manifests" : "blobs"
        return try speaking(to: target, of: "\(kind.dropLast()) \(descriptor.digest)") { endpoint in
            var request = HTTPRequest("HEAD", url(endpoint, target, "\(kind)/\(descriptor.digest)"))
            if isManifest { request.headers.append(("Accept", Self.accept)) }
            let response = try send(request, target, endpoint, control: TransferControl())
            return response.status == 404 ? false : try success(response).isSuccess
        }
    }

    public func tags(_ target: RegistryTarget) throws -> [String] {
        try speaking(to: target, of: "repository \(target.repository)") { endpoint in
            let first = url(endpoint, target, "tags/list?n=1000")
            return try pages(from: first, of: "tags", endpoint) {
                try self.send($0, target, endpoint, control: TransferControl())
            }
        }
    }

    public func catalog(domain: String, credentials: RegistryCredentials?) throws -> [String] {
        try speaking(to: domain, of: "its list of repositories") { endpoint in
            try pages(from: endpoint.base + "/v2/_catalog?n=1000", of: "repositories", endpoint) {
                try self.authorizer.send(
                    $0, to: endpoint, scope: "registry:catalog:*", credentials: credentials ?? endpoint.credentials,
                    control: TransferControl())
            }
        }
    }

    public func login(domain: String, credentials: RegistryCredentials) throws {
        try speaking(to: domain, of: "user \(credentials.username)") { endpoint in
            authorizer.forget(endpoint.origin)
            let response = try authorizer.send(
                HTTPRequest("GET", endpoint.base + "/v2/"), to: endpoint, scope: "", credentials: credentials,
                control: TransferControl())
            _ = try success(response)
        }
    }

    // MARK: Speaking

    /// As `speaking(to:of:)` with the domain, about a repository.
    func speaking<Value>(
        to target: RegistryTarget, of what: String, _ body: (Endpoint) throws -> Value
    ) throws -> Value {
        try RequestChecks.check(target)
        return try speaking(to: target.domain, of: what, body)
    }

    /// Runs `body` with the registry's endpoint; what goes wrong becomes a sentence about `what`.
    func speaking<Value>(to domain: String, of what: String, _ body: (Endpoint) throws -> Value) throws -> Value {
        try RequestChecks.check(domain: domain)
        do {
            return try body(try endpoints.endpoint(domain))
        } catch let failure as RegistryFailure {
            if case .transport = failure { endpoints.forget(domain) }
            throw failure.error(registry: domain, what: what, timeouts: timeouts)
        }
    }

    func url(_ endpoint: Endpoint, _ target: RegistryTarget, _ path: String) -> String {
        "\(endpoint.base)/v2/\(target.repository)/\(path)"
    }

    /// One request about a repository, tried again when that may help.
    func send(
        _ request: HTTPRequest, _ target: RegistryTarget, _ endpoint: Endpoint, scope: String? = nil,
        control: TransferControl
    ) throws -> HTTPResponse {
        var failures = 0
        while true {
            do {
                let response = try exchange(request, target, endpoint, scope: scope, control: control)
                let failure = RegistryFailure.status(response)
                guard failure.isTransient, request.isIdempotent, failures + 1 < Self.attempts else { return response }
                failures += 1
                try control.pause(Self.pause(after: failures, failure))
            } catch let failure as RegistryFailure where failure.isTransient && request.isIdempotent {
                failures += 1
                guard failures < Self.attempts else { throw failure }
                try control.pause(Self.pause(after: failures, failure))
            }
        }
    }

    /// One request about a repository, once.
    func exchange(
        _ request: HTTPRequest, _ target: RegistryTarget, _ endpoint: Endpoint, scope: String? = nil,
        control: TransferControl
    ) throws -> HTTPResponse {
        try authorizer.send(
            request, to: endpoint, scope: scope ?? "repository:\(target.repository):pull",
            credentials: target.credentials ?? endpoint.credentials, control: control)
    }

    func success(_ response: HTTPResponse) throws -> HTTPResponse {
        guard response.isSuccess else { throw RegistryFailure.status(response) }
        return response
    }

    private static func pause(after failures: Int, _ failure: RegistryFailure) -> Duration {
        if case .status(let response) = failure, let seconds = response["retry-after"].flatMap({ Int64($0) }) {
            return min(.seconds(max(seconds, 0)), longestPause)
        }
        return .milliseconds(200 << (2 * (failures - 1))) * Double.random(in: 0.75...1.25)
    }
}
