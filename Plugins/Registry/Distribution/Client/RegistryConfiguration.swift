import BerthAPI
import JSON

/// The plugin's configuration.
///
///     {"registries": {"localhost:5000": {"scheme": "http"}, "docker.io": {"host": "mirror.example.com"}}}
struct RegistryConfiguration: Codable, Sendable {
    struct Registry: Codable, Sendable {
        /// `https` or `http`; unless said, https, and for loopback addresses what they speak.
        var scheme: String?
        /// Host and port to talk to, in place of the domain.
        var host: String?
        /// Files in PEM.
        var ca: String?
        var certificate: String?
        var key: String?
        /// Takes any certificate.
        var insecure: Bool?
        /// Blobs are sent in pieces of so many bytes; in one unless said.
        var chunkSize: Int64?
    }

    var registries: [String: Registry]?
    /// Seconds.
    var connectTimeout: Int?
    /// Seconds without a single byte.
    var stallTimeout: Int?

    var timeouts: Timeouts {
        Timeouts(connect: max(connectTimeout ?? Timeouts().connect, 1), stall: max(stallTimeout ?? Timeouts().stall, 1))
    }

    /// - Throws: `invalidArgument` that names the setting.
    func validated() throws -> RegistryConfiguration {
        for (domain, registry) in registries ?? [:] {
            guard registry.scheme.map({ $0 == "http" || $0 == "https" }) ?? true else {
                throw BerthError(.invalidArgument, "registries.\"\(domain)\".scheme: http or https expected")
            }
            guard registry.chunkSize.map({ $0 >= 1 << 16 }) ?? true else {
                throw BerthError(.invalidArgument, "registries.\"\(domain)\".chunkSize: at least 65536 expected")
            }
        }
        return self
    }
}
