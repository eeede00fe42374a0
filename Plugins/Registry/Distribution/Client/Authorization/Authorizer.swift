import BerthAPI
import JSON
import LinuxSystem
import Synchronization

/// Proves to registries who asks: Basic, or a Bearer token from the service that the registry names (the distribution
/// project's token authentication). Tokens are kept until shortly before they expire.
final class Authorizer: Sendable {
    private struct TokenKey: Hashable {
        var origin: Origin
        var credentials: RegistryCredentials?
        var scope: String
    }
    private struct Token {
        var header: String
        var expires: MonotonicTime
    }
    private struct State {
        /// What each registry asked for last, so that the next request need not be refused first.
        var challenges: [Origin: Challenge] = [:]
        var tokens: [TokenKey: Token] = [:]
    }

    private static let tokenLimit = 1 << 20
    private static let keptTokens = 1024
    /// Seconds that a token lives where the service does not say (distribution: at least 60).
    private static let defaultLifetime: Int64 = 60
    private static let margin: Int64 = 10

    private let client: HTTPClient
    private let state = Mutex(State())

    init(client: HTTPClient) { self.client = client }

    /// Sends a request with what the registry is known to want; answers one challenge.
    ///
    /// - Parameter scope: `repository:library/busybox:pull`.
    func send(
        _ request: HTTPRequest, to endpoint: Endpoint, scope: String, credentials: RegistryCredentials?,
        control: TransferControl
    ) throws -> HTTPResponse {
        var request = request
        let isOurs = Origin(request.url) == endpoint.origin
        let key = TokenKey(origin: endpoint.origin, credentials: credentials, scope: scope)
        if isOurs, let challenge = state.withLock({ $0.challenges[endpoint.origin] }),
            let header = try header(for: challenge, key, endpoint, control)
        {
            request.headers.append(("Authorization", header))
        }
        let response = try client.send(request, security: endpoint.security, control: control)
        guard response.status == 401, isOurs else { return response }

        let challenges = Challenge.parse(response.headers["www-authenticate"] ?? [])
        guard
            let challenge = challenges.first(where: { $0.scheme == "bearer" })
                ?? challenges.first(where: { $0.scheme == "basic" && credentials != nil })
        else { return response }
        state.withLock { state in
            // A token that is refused is of no use any more.
            state.tokens[key] = nil
            state.challenges[endpoint.origin] = challenge
        }
        let refused = request.headers.first { $0.name == "Authorization" }?.value
        guard let header = try header(for: challenge, key, endpoint, control), header != refused else {
            return response
        }
        request.headers.removeAll { $0.name == "Authorization" }
        request.headers.append(("Authorization", header))
        return try client.send(request, security: endpoint.security, control: control)
    }

    private func header(
        for challenge: Challenge, _ key: TokenKey, _ endpoint: Endpoint, _ control: TransferControl
    ) throws -> String? {
        guard challenge.scheme == "bearer" else { return key.credentials.map(Self.basic) }
        let now = MonotonicTime.now
        if let token = state.withLock({ $0.tokens[key] }), token.expires > now { return token.header }
        let token = try fetchToken(challenge, key, endpoint, control)
        state.withLock { state in
            if state.tokens.count >= Self.keptTokens { state.tokens = state.tokens.filter { $0.value.expires > now } }
            if state.tokens.count < Self.keptTokens { state.tokens[key] = token }
        }
        return token.header
    }

    private static func basic(_ credentials: RegistryCredentials) -> String {
        "Basic " + Encoding.base64(Array("\(credentials.username):\(credentials.password)".utf8))
    }

    // MARK: Tokens

    private func fetchToken(
        _ challenge: Challenge, _ key: TokenKey, _ endpoint: Endpoint, _ control: TransferControl
    ) throws -> Token {
        guard let realm = challenge.parameters["realm"], let origin = Origin(realm) else {
            throw RegistryFailure.badURL(challenge.parameters["realm"] ?? "")
        }
        // A password in the clear only where the registry itself is spoken to in the clear.
        guard origin.scheme == "https" || endpoint.origin.scheme == "http" else {
            throw RegistryFailure.downgrade(realm)
        }
        var url = realm
        if let service = challenge.parameters["service"] { url = Encoding.adding("service", service, to: url) }
        for scope in Self.scopes(challenge, key.scope) { url = Encoding.adding("scope", scope, to: url) }
        var request = HTTPRequest("GET", url)
        request.sink = .memory(limit: Self.tokenLimit)
        if let credentials = key.credentials {
            request.url = Encoding.adding("account", credentials.username, to: url)
            request.headers.append(("Authorization", Self.basic(credentials)))
        }
        let security = origin == endpoint.origin ? endpoint.security : Security()
        let response = try client.send(request, security: security, control: control)
        guard response.isSuccess else { throw RegistryFailure.status(response) }
        return try Self.token(response)
    }

    /// What we want, and what the registry says that this request needs: a blob mounted from elsewhere needs more.
    private static func scopes(_ challenge: Challenge, _ wanted: String) -> [String] {
        let named = (challenge.parameters["scope"] ?? "").split(separator: " ").map(String.init)
        var scopes = wanted.split(separator: " ").map(String.init)
        for scope in named.prefix(8) where !scopes.contains(scope) { scopes.append(scope) }
        return scopes
    }

    private static func token(_ response: HTTPResponse) throws -> Token {
        guard let json = try? JSON(parsing: response.body),
            let text = [json["token"]?.string, json["access_token"]?.string].compactMap({ $0 }).first(where: {
                !$0.isEmpty
            }),
            text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else {
            throw BerthError(.unavailable, "the authorization service answered without a usable token")
        }
        let lifetime = max(json["expires_in"]?.int ?? defaultLifetime, margin + 1)
        return Token(header: "Bearer " + text, expires: .now + .seconds(min(lifetime, 86_400) - margin))
    }

    /// Forgets what was learnt of a registry and of who asked.
    func forget(_ origin: Origin) {
        state.withLock { state in
            state.challenges[origin] = nil
            state.tokens = state.tokens.filter { $0.key.origin != origin }
        }
    }
}
