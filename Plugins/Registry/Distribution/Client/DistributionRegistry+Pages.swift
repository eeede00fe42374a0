import BerthAPI
import JSON

extension DistributionRegistry {
    private static let maximumEntries = 100_000
    private static let maximumPages = 1000

    /// All strings of a list that comes in pages (distribution-spec: `Link: <…>; rel="next"`).
    func pages(
        from first: String, of member: String, _ endpoint: Endpoint, _ send: (HTTPRequest) throws -> HTTPResponse
    ) throws -> [String] {
        var found: [String] = []
        var next: String? = first
        for _ in 0..<Self.maximumPages {
            guard let url = next else { return found }
            var request = HTTPRequest("GET", url)
            request.headers.append(("Accept", "application/json"))
            request.sink = .memory(limit: Self.manifestLimit)
            let response = try success(try send(request))
            guard !response.isWebPage, let json = try? JSON(parsing: response.body) else {
                throw RegistryFailure.webPage
            }
            found += (json[member]?.array ?? []).compactMap(\.string)
            guard found.count <= Self.maximumEntries else {
                throw BerthError(
                    .resourceExhausted, "the list of \(member) has more than \(Self.maximumEntries) entries")
            }
            next = try Self.nextPage(response, endpoint)
        }
        throw BerthError(.resourceExhausted, "the list of \(member) has more than \(Self.maximumPages) pages")
    }

    private static func nextPage(_ response: HTTPResponse, _ endpoint: Endpoint) throws -> String? {
        for link in response.headers["link"] ?? [] where link.contains("rel=\"next\"") || link.contains("rel=next") {
            guard let open = link.firstIndex(of: "<"), let close = link[open...].firstIndex(of: ">") else { continue }
            let location = String(link[link.index(after: open)..<close])
            guard let url = CurlHandle.resolve(location, against: response.url), Origin(url) == endpoint.origin else {
                throw RegistryFailure.badURL(location)
            }
            return url
        }
        return nil
    }
}
