import BerthAPI
import JSON
import LinuxSystem

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
        /// Who pulls and pushes, where the client does not say.
        var username: String?
        /// File of the password. Read for each use, so that a new one needs no restart.
        var passwordFile: String?

        func credentials(for domain: String) throws -> RegistryCredentials? {
            guard let username, let passwordFile else { return nil }
            do {
                let text = String(decoding: try readFile(passwordFile, limit: 64 << 10), as: UTF8.self)
                return RegistryCredentials(username: username, password: String(text.prefix { $0 != "\n" }))
            } catch {
                throw BerthError(
                    .failedPrecondition, "the password of registry \(domain) cannot be read: \(error)",
                    object: "registry \(domain)", hint: "see registries.\"\(domain)\".passwordFile")
            }
        }
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
            guard (registry.username == nil) == (registry.passwordFile == nil) else {
                throw BerthError(
                    .invalidArgument, "registries.\"\(domain)\": username and passwordFile belong together")
            }
            guard registry.chunkSize.map({ $0 >= 1 << 16 }) ?? true else {
                throw BerthError(.invalidArgument, "registries.\"\(domain)\".chunkSize: at least 65536 expected")
            }
        }
        return self
    }
}
