import BerthAPI
import JSON

/// What goes wrong between us and a registry, before it is known what was asked for.
enum RegistryFailure: Error {
    /// A CURLcode, what libcurl says, and the bytes of the file that are there.
    case transport(Int, String, received: Int64)
    case badURL(String)
    case downgrade(String)
    case tooManyRedirects
    case webPage
    case wrongRange
    case wrongLength(found: Int64, expected: Int64)
    case tooLong(expected: Int64)
    case documentTooLong(limit: Int)
    case status(HTTPResponse)

    /// Whether the same request may succeed a moment later.
    var isTransient: Bool {
        switch self {
        case .transport(let code, _, _): !Self.lasting.contains(code)
        case .status(let response):
            [429, 500, 502, 503, 504].contains(response.status) || Self.isSettling(response)
        default: false
        }
    }

    /// A registry that keeps its records in files, as docker's does, knows nothing of a blob while another client's
    /// upload of it writes the same record anew.
    private static func isSettling(_ response: HTTPResponse) -> Bool {
        response.errorCodes.contains("MANIFEST_BLOB_UNKNOWN")
    }

    /// CURLcodes of what does not go away by itself: unsupported and malformed URLs, name not found, refused
    /// connection, stalled, TLS.
    private static let lasting: Set<Int> = [1, 3, 6, 7, 28, 35, 51, 53, 54, 58, 59, 60, 64, 66, 77, 80, 83, 90, 91]
    private static let untrusted: Set<Int> = [51, 60, 77, 83, 90, 91]

    // MARK: For people

    /// - Parameters:
    ///   - registry: the domain as users write it.
    ///   - what: what was asked for: "image localhost:5000/web:1".
    func error(registry: String, what: String, timeouts: Timeouts) -> BerthError {
        let name = "registry \(registry)"
        switch self {
        case .transport(let code, let text, let received):
            return Self.transport(code, text, received, name, what, timeouts)
        case .badURL(let url):
            return BerthError(.unavailable, "\(name) points to \"\(Self.clipped(url))\", which is no URL", object: name)
        case .downgrade(let url):
            return BerthError(
                .permissionDenied, "\(name) redirects from https to \(Self.clipped(url)), which is refused",
                object: name)
        case .tooManyRedirects:
            return BerthError(.unavailable, "\(name) redirects in a circle", object: name)
        case .webPage:
            return BerthError(
                .unavailable, "\(name) answered with a web page when asked for \(what)", object: name,
                hint: "is it a registry? A proxy or a log-in page may stand in the way")
        case .wrongRange:
            return BerthError(.unavailable, "\(name) sent another part of \(what) than was asked for", object: name)
        case .wrongLength(let found, let expected):
            return BerthError(
                .corrupted, "\(name) says that \(what) has \(found) bytes, its descriptor \(expected)", object: what)
        case .tooLong(let expected):
            return BerthError(.corrupted, "\(name) sent more than the \(expected) bytes of \(what)", object: what)
        case .documentTooLong(let limit):
            return BerthError(.corrupted, "\(name) answered with more than \(limit) bytes for \(what)", object: what)
        case .status(let response):
            return Self.status(response, registry, name, what)
        }
    }

    private static func transport(
        _ code: Int, _ text: String, _ received: Int64, _ name: String, _ what: String, _ timeouts: Timeouts
    ) -> BerthError {
        switch code {
        case 6: BerthError(.unavailable, "\(name) cannot be found: \(text)", object: name, hint: "check its name")
        case 7:
            BerthError(
                .unavailable, "\(name) refuses the connection: \(text)", object: name, hint: "is it running?")
        case 28:
            BerthError(
                .unavailable, "\(name) did not answer: \(text)", object: name,
                hint: "it was given \(timeouts.connect) s to connect and \(timeouts.stall) s without a byte")
        case 18, 52, 55, 56:
            BerthError(
                .unavailable, "the connection to \(name) broke off after \(received) bytes of \(what): \(text)",
                object: name, hint: "try again: it goes on from there")
        case _ where untrusted.contains(code):
            BerthError(
                .permissionDenied, "the certificate of \(name) is not trusted: \(text)", object: name,
                hint: "configure its certificate authority (registries.\"<name>\".ca)")
        default: BerthError(.unavailable, "\(name) cannot be reached: \(text)", object: name)
        }
    }

    private static func status(_ response: HTTPResponse, _ registry: String, _ name: String, _ what: String)
        -> BerthError
    {
        let reason = Self.reason(response).map { ": " + $0 } ?? ""
        let status = response.status
        switch status {
        case 401, 403:
            return BerthError(
                .permissionDenied, "\(name) denies access to \(what)\(reason)", object: what,
                hint: "it may not exist, or need berth login \(registry)")
        case 404: return BerthError(.notFound, "\(name) does not have \(what)\(reason)", object: what)
        case 429:
            return BerthError(
                .resourceExhausted, "\(name) asks to slow down (too many requests)\(reason)", object: name,
                hint: response["retry-after"].map { "try again in \($0) seconds" } ?? "try again later")
        case 500...:
            return BerthError(.unavailable, "\(name) failed with status \(status) for \(what)\(reason)", object: name)
        case 405, 415:
            return BerthError(.unimplemented, "\(name) does not support this for \(what)\(reason)", object: name)
        case 400..<500: return BerthError(.failedPrecondition, "\(name) refuses \(what)\(reason)", object: what)
        default:
            return BerthError(.unavailable, "\(name) answered with status \(status) for \(what)\(reason)", object: name)
        }
    }

    /// The messages of an error body (distribution-spec, error codes), or what else a plain one says.
    private static func reason(_ response: HTTPResponse) -> String? {
        if response.isWebPage { return "it answered with a web page" }
        guard let json = try? JSON(parsing: response.body) else { return nil }
        let texts = (json["errors"]?.array ?? []).prefix(3).compactMap { entry -> String? in
            let parts = [entry["code"]?.string, entry["message"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
            return parts.isEmpty ? nil : parts.joined(separator: ", ")
        }
        let text = texts.isEmpty ? json["message"]?.string ?? json["details"]?.string : texts.joined(separator: "; ")
        return text.map(clipped)
    }

    /// What a stranger wrote, cut and cleaned.
    private static func clipped(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? " " : $0 }))
    }
}
