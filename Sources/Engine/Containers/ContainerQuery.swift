import BerthAPI

/// `container.list`: docker's filters over the index.
struct ContainerQuery {
    private static let known: Set = [
        "id", "name", "label", "exited", "status", "ancestor", "before", "since", "volume", "network", "publish",
        "expose", "health", "is-task",
    ]

    private let request: ContainerList
    private let index: ContainerIndex
    private let filters: [String: [String]]
    private let (id, name): (PatternFilter, PatternFilter)
    private let (published, exposed): ([PortFilter]?, [PortFilter]?)
    /// Ids of the images that were asked for and of those made on them.
    private let ancestors: Set<String>

    /// - Throws: `invalidArgument` for a filter that there is not, or a value that none can have.
    init(_ request: ContainerList, index: ContainerIndex, images: ImageManager) throws {
        self.request = request
        self.index = index
        filters = request.filters ?? [:]
        if let unknown = filters.keys.first(where: { !Self.known.contains($0) }) { throw invalidFilter(unknown) }
        try Self.check(filters, "health") { $0 == "none" || HealthStatus(rawValue: $0) != nil }
        try Self.check(filters, "status") { ContainerStatus(rawValue: $0) != nil }
        try Self.check(filters, "exited") { Int($0) != nil }
        (id, name) = (PatternFilter(filters["id"]), PatternFilter(filters["name"]))
        published = try filters["publish"]?.map { try PortFilter($0, key: "publish") }
        exposed = try filters["expose"]?.map { try PortFilter($0, key: "expose") }
        ancestors = (filters["ancestor"] ?? []).reduce(into: []) { $0.formUnion(images.descendants(of: $1)) }
    }

    private static func check(_ filters: [String: [String]], _ key: String, _ isValue: (String) -> Bool) throws {
        if let odd = filters[key]?.first(where: { !isValue($0) }) { throw invalidFilter("\(key)=\(odd)") }
    }

    func run() throws -> [ContainerRecord] {
        let all = request.all == true || request.last != nil || filters["status"] != nil || filters["exited"] != nil
        let before = try createdAt(filters["before"])
        let since = try createdAt(filters["since"])
        let found = index.all.filter { record in
            record.phase != .creating && (all || [.running, .paused, .restarting].contains(record.status))
                && before.map { record.detail.createdAt < $0 } ?? true
                && since.map { record.detail.createdAt > $0 } ?? true && passes(record.detail)
        }.sorted { $0.detail.createdAt > $1.detail.createdAt }
        if let last = request.last, last >= 0 { return Array(found.prefix(last)) }
        return found
    }

    private func createdAt(_ values: [String]?) throws -> Timestamp? {
        guard let name = values?.first else { return nil }
        return index.record(try index.resolve(name))?.detail.createdAt
    }

    private func passes(_ detail: ContainerDetail) -> Bool {
        id.matches(detail.id) && name.matches(detail.name, "/" + detail.name)
            && (filters["label"] ?? []).allSatisfy { labelMatches(detail.labels, $0) }
            && matches(filters["status"]) { detail.state.status.rawValue == $0 }
            && matches(filters["health"]) { (detail.state.health?.status.rawValue ?? "none") == $0 }
            && matches(filters["exited"]) {
                detail.state.status == .exited && Int($0) == detail.state.exitCode
            }
            && matches(filters["ancestor"]) { detail.image == $0 || ancestors.contains(detail.imageID) }
            && matches(filters["volume"]) { wanted in
                detail.mounts.contains { $0.name == wanted || $0.source == wanted || $0.target == wanted }
            }
            && matches(filters["network"]) { wanted in
                detail.networks.contains { $0.network == wanted || $0.networkID.hasPrefix(wanted) }
                    || detail.networkNames.contains(wanted)
            }
            && passesPorts(detail)
    }

    private func passesPorts(_ detail: ContainerDetail) -> Bool {
        let bindings = detail.networks.flatMap(\.ports)
        let isPublished = published.map { filters in
            bindings.contains { port in filters.contains { $0.matches(port.hostPort, port.proto) } }
        }
        let isExposed = exposed.map { filters in
            detail.exposedPorts.contains { port in filters.contains { $0.matches(port) } }
        }
        return isPublished ?? true && isExposed ?? true
    }
}
