import BerthAPI
import LinuxSystem
import Synchronization

/// Where a registry is spoken to, and how.
struct Endpoint: Sendable {
    /// `https://registry-1.docker.io`, without a slash at the end.
    let base: String
    let origin: Origin
    let security: Security
    let chunkSize: Int64?
    /// Of the configuration: for requests that bring none.
    var credentials: RegistryCredentials?
}

/// Finds out where registries are.
final class EndpointTable: Sendable {
    /// Docker Hub's registry has another name than its images.
    private static let hosts = ["docker.io": "registry-1.docker.io"]
    private static let probeLimit = Duration.seconds(20)

    private let configuration: RegistryConfiguration
    private let client: HTTPClient
    /// Schemes that loopback registries were found to speak.
    private let schemes = Mutex<[String: String]>([:])

    init(configuration: RegistryConfiguration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    /// - Throws: `RegistryFailure` when a loopback registry answers neither way.
    func endpoint(_ domain: String) throws -> Endpoint {
        var endpoint = try place(domain)
        endpoint.credentials = try configuration.registries?[domain]?.credentials(for: domain)
        return endpoint
    }

    private func place(_ domain: String) throws -> Endpoint {
        let settings = configuration.registries?[domain]
        let host = settings?.host ?? Self.hosts[domain] ?? domain
        var security = Security(authorities: settings?.ca, certificate: settings?.certificate, key: settings?.key)
        security.skipsVerification = settings?.insecure == true
        if let scheme = settings?.scheme { return try make(scheme, host, security, settings?.chunkSize) }
        let secure = try make("https", host, security, settings?.chunkSize)
        guard secure.origin.isLoopback else { return secure }

        // Nobody can listen in on a loopback address: any certificate, or none, will do.
        if settings?.ca == nil { security.skipsVerification = true }
        let scheme = try schemes.withLock { $0[domain] } ?? probe(domain, host, security)
        return try make(scheme, host, security, settings?.chunkSize)
    }

    /// After a registry could not be reached: it may come back speaking otherwise.
    func forget(_ domain: String) { schemes.withLock { $0[domain] = nil } }

    private func probe(_ domain: String, _ host: String, _ security: Security) throws -> String {
        let endpoint = try make("https", host, security, nil)
        let request = HTTPRequest("GET", endpoint.base + "/v2/")
        var scheme = "https"
        do {
            _ = try client.send(request, security: security, control: TransferControl(limit: Self.probeLimit))
        } catch RegistryFailure.transport(let code, _, _) where code == 35 || code == 56 || code == 52 {
            // No TLS there, or the connection was dropped at its first byte.
            scheme = "http"
        }
        schemes.withLock { $0[domain] = scheme }
        return scheme
    }

    private func make(_ scheme: String, _ host: String, _ security: Security, _ chunkSize: Int64?) throws -> Endpoint {
        let base = "\(scheme)://\(host)"
        guard let origin = Origin(base) else { throw RegistryFailure.badURL(base) }
        return Endpoint(base: base, origin: origin, security: security, chunkSize: chunkSize)
    }
}
