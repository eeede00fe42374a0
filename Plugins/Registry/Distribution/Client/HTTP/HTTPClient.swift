import BerthAPI
import CCurl
import LinuxSystem
import OCISpec
import Synchronization

/// Sends HTTP requests through libcurl, each on the calling thread, over connections that are kept for the next.
///
/// Redirections are followed here rather than by libcurl, so that it is plain where credentials go: to the origin that
/// they were given for, and nowhere else.
final class HTTPClient: Sendable {
    private static let maximumRedirects = 10
    private static let keptHandles = 8
    private static let userAgent = "berth/0.1.0 (\(Platform.host.text))"
    private static let hasCurl: Bool = berth_curl_global_init() == CURLE_OK

    private let timeouts: Timeouts
    private let idle = Mutex<[(origin: Origin, handle: CurlHandle)]>([])

    init(timeouts: Timeouts) throws {
        guard Self.hasCurl else { throw BerthError(.internal, "libcurl cannot be initialized") }
        self.timeouts = timeouts
    }

    /// Sends a request and follows redirections of GET and HEAD.
    ///
    /// - Parameters:
    ///   - security: for the request's own origin; where it is redirected to is held to the system's certificates.
    /// - Returns: the answer, whatever its status.
    /// - Throws: `RegistryFailure` or `BerthError` when there is no whole answer.
    func send(_ request: HTTPRequest, security: Security, control: TransferControl) throws -> HTTPResponse {
        guard let origin = Origin(request.url) else { throw RegistryFailure.badURL(request.url) }
        var (request, security) = (request, security)
        for _ in 0...Self.maximumRedirects {
            let response = try exchange(request, security, control)
            guard response.isRedirect, request.isIdempotent, let location = response.location else { return response }
            guard let target = Origin(location) else { throw RegistryFailure.badURL(location) }
            guard target.scheme == "https" || origin.scheme == "http" else {
                throw RegistryFailure.downgrade(location)
            }
            request.url = location
            if target != origin {
                request.headers.removeAll { $0.name.lowercased() == "authorization" }
                security = Security()
            }
        }
        throw RegistryFailure.tooManyRedirects
    }

    private func exchange(
        _ request: HTTPRequest, _ security: Security, _ control: TransferControl
    ) throws -> HTTPResponse {
        try control.check()
        guard let origin = Origin(request.url) else { throw RegistryFailure.badURL(request.url) }
        let handle = take(origin)
        let exchange = CurlExchange(request, control)
        prepare(handle, request, security)
        exchange.attach(to: handle)
        let code = withExtendedLifetime(exchange) { handle.perform() }
        var response = exchange.response
        response.location =
            handle.redirectURL
            ?? response["location"].flatMap { CurlHandle.resolve($0, against: request.url) }
        if let failure = exchange.failure { throw failure }
        guard code == CURLE_OK else {
            throw RegistryFailure.transport(Int(code.rawValue), handle.message(code), received: exchange.position)
        }
        give(handle, origin)
        return response
    }

    private func prepare(_ handle: CurlHandle, _ request: HTTPRequest, _ security: Security) {
        handle.reset()
        handle.set(CURLOPT_URL, request.url)
        handle.set(CURLOPT_PROTOCOLS_STR, "http,https")
        handle.set(CURLOPT_NOSIGNAL, 1)
        handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        handle.set(CURLOPT_USERAGENT, Self.userAgent)
        handle.set(CURLOPT_BUFFERSIZE, 256 << 10)
        handle.set(CURLOPT_UPLOAD_BUFFERSIZE, 256 << 10)
        handle.set(CURLOPT_CONNECTTIMEOUT, timeouts.connect)
        handle.set(CURLOPT_LOW_SPEED_LIMIT, 1)
        handle.set(CURLOPT_LOW_SPEED_TIME, timeouts.stall)
        security.apply(to: handle)
        var lines = request.headers.map { "\($0.name): \($0.value)" }
        switch request.body {
        case .none:
            if request.method == "HEAD" {
                handle.set(CURLOPT_NOBODY, 1)
            } else if request.method != "GET" {
                handle.set(CURLOPT_POSTFIELDSIZE, 0)
                handle.set(CURLOPT_POST, 1)
                handle.set(CURLOPT_CUSTOMREQUEST, request.method)
            }
        case .bytes(let bytes): prepareUpload(handle, request.method, Int64(bytes.count))
        case .file(_, _, let count): prepareUpload(handle, request.method, count)
        }
        // Without it libcurl waits a second for a server that does not know `100-continue`.
        lines.append("Expect:")
        handle.set(headers: lines)
    }

    private func prepareUpload(_ handle: CurlHandle, _ method: String, _ count: Int64) {
        handle.set(CURLOPT_UPLOAD, 1)
        handle.set(CURLOPT_INFILESIZE_LARGE, size: count)
        handle.set(CURLOPT_CUSTOMREQUEST, method)
    }

    // MARK: Handles

    /// One that was last connected to the origin, where there is one.
    private func take(_ origin: Origin) -> CurlHandle {
        let kept = idle.withLock { idle -> CurlHandle? in
            idle.lastIndex { $0.origin == origin }.map { idle.remove(at: $0).handle }
        }
        return kept ?? CurlHandle()
    }

    private func give(_ handle: CurlHandle, _ origin: Origin) {
        let oldest = idle.withLock { idle -> CurlHandle? in
            idle.append((origin, handle))
            return idle.count > Self.keptHandles ? idle.removeFirst().handle : nil
        }
        // Closed without the lock.
        _ = oldest
    }
}

/// Seconds.
struct Timeouts: Sendable {
    var connect = 10
    /// Without a single byte in either direction.
    var stall = 30
}

/// How a server proves who it is.
struct Security: Hashable, Sendable {
    /// File of certificates of authorities, in place of the system's.
    var authorities: String?
    /// The client's own certificate and key: files in PEM.
    var certificate: String?
    var key: String?
    var skipsVerification = false

    func apply(to handle: CurlHandle) {
        if let authorities { handle.set(CURLOPT_CAINFO, authorities) }
        if let certificate { handle.set(CURLOPT_SSLCERT, certificate) }
        if let key { handle.set(CURLOPT_SSLKEY, key) }
        if skipsVerification {
            handle.set(CURLOPT_SSL_VERIFYPEER, 0)
            handle.set(CURLOPT_SSL_VERIFYHOST, 0)
        }
    }
}
