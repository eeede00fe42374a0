import JSON

/// An HTTP request.
struct HTTPRequest {
    /// What is sent.
    enum Body {
        case none
        case bytes([UInt8])
        /// A part of a regular file, by descriptor number; the caller keeps it open.
        case file(CInt, offset: Int64, count: Int64)
    }

    /// Where a successful answer's body goes; that of an error always goes to memory.
    enum Sink {
        case memory(limit: Int)
        /// A regular file, by descriptor number. `offset` is where the bytes asked for begin; an answer that begins at
        /// 0 instead is written from there. The file never grows beyond `limit`.
        case file(CInt, offset: Int64, limit: Int64)
    }

    var method: String
    var url: String
    var headers: [(name: String, value: String)] = []
    var body = Body.none
    var sink = Sink.memory(limit: 1 << 20)
    /// Whether it may be sent again when it is not known what became of it.
    var isIdempotent: Bool

    init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
        isIdempotent = method == "GET" || method == "HEAD"
    }
}

/// An HTTP answer.
struct HTTPResponse {
    /// Bytes of all header lines that are kept; more end the exchange.
    static let headerLimit = 256 << 10

    var status = 0
    /// Names in lower case; of a repeated one all values, in order.
    var headers: [String: [String]] = [:]
    var body: [UInt8] = []
    /// Where the answer came from, which says what a relative `Location` means.
    var url = ""
    /// For a redirection, or a created thing: where it is, in full.
    var location: String?

    subscript(name: String) -> String? { headers[name]?.last }

    var isSuccess: Bool { (200..<300).contains(status) }
    var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
    /// The codes of an error's body (distribution-spec, error codes).
    var errorCodes: [String] {
        guard !isSuccess, let json = try? JSON(parsing: body) else { return [] }
        return (json["errors"]?.array ?? []).compactMap { $0["code"]?.string }
    }
    var isWebPage: Bool { self["content-type"]?.lowercased().hasPrefix("text/html") == true }
    var contentLength: Int64? { self["content-length"].flatMap { Int64($0) } }
    /// Without parameters.
    var mediaType: String? {
        self["content-type"].map { String($0.prefix { $0 != ";" }.filter { $0 != " " }).lowercased() }
    }
}

/// Scheme, host and port of a URL: what credentials belong to.
struct Origin: Hashable, CustomStringConvertible {
    let scheme: String
    let host: String
    let port: Int

    /// - Returns: nil for a URL that is not HTTP's, or that carries a user.
    init?(_ url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let authority = url[separator.upperBound...].prefix { !"/?#".contains($0) }
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        let colon = authority.lastIndex(of: ":")
        let bracket = authority.lastIndex(of: "]")
        if let colon, bracket.map({ $0 < colon }) ?? true {
            guard let port = Int(authority[authority.index(after: colon)...]) else { return nil }
            self.port = port
            host = authority[..<colon].lowercased()
        } else {
            port = scheme == "https" ? 443 : 80
            host = authority.lowercased()
        }
    }

    var description: String { "\(scheme)://\(host):\(port)" }

    var isLoopback: Bool { host == "localhost" || host == "[::1]" || host.hasPrefix("127.") }
}
