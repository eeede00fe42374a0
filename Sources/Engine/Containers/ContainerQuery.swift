import BerthAPI

/// `container.list`: docker's filters over the index.
struct ContainerQuery {
    private static let known: Set = [
        "id", "name", "label", "exited", "status", "ancestor", "before", "since", "volume", "network", "publish",
        "expose", "health", "is-task",
    ]

    let request: ContainerList
    let index: ContainerIndex

    func run() throws -> [ContainerRecord] {
        let filters = request.filters ?? [:]
        if let unknown = filters.keys.first(where: { !Self.known.contains($0) }) { throw invalidFilter(unknown) }
        if let odd = filters["health"]?.first(where: { $0 != "none" && HealthStatus(rawValue: $0) == nil }) {
            throw invalidFilter("health=\(odd)")
        }
        let all = request.all == true || request.last != nil || filters["status"] != nil || filters["exited"] != nil
        let before = try createdAt(filters["before"])
        let since = try createdAt(filters["since"])
        let found = index.all.filter { record in
            record.phase != .creating && (all || [.running, .paused, .restarting].contains(record.status))
                && before.map { record.detail.createdAt < $0 } ?? true
                && since.map { record.detail.createdAt > $0 } ?? true && passes(record.detail, filters)
        }.sorted { $0.detail.createdAt > $1.detail.createdAt }
        if let last = request.last, last >= 0 { return Array(found.prefix(last)) }
        return found
    }

    private func createdAt(_ values: [String]?) throws -> Timestamp? {
        guard let name = values?.first else { return nil }
        return index.record(try index.resolve(name))?.detail.createdAt
    }

    private func passes(_ detail: ContainerDetail, _ filters: [String: [String]]) -> Bool {
        matches(filters["id"]) { detail.id.hasPrefix($0) }
            && matches(filters["name"]) { detail.name.contains($0.hasPrefix("/") ? String($0.dropFirst()) : $0) }
            && (filters["label"] ?? []).allSatisfy { labelMatches(detail.labels, $0) }
            && matches(filters["status"]) { detail.state.status.rawValue == $0 }
            && matches(filters["health"]) { (detail.state.health?.status.rawValue ?? "none") == $0 }
            && matches(filters["exited"]) {
                detail.state.status == .exited && Int($0) == detail.state.exitCode
            }
            && matches(filters["ancestor"]) { isAncestor($0, of: detail) }
            && matches(filters["volume"]) { wanted in
                detail.mounts.contains { $0.name == wanted || $0.source == wanted || $0.target == wanted }
            }
            && matches(filters["network"]) { wanted in
                detail.networks.contains { $0.network == wanted || $0.networkID.hasPrefix(wanted) }
                    || detail.config.network?.network == wanted
            }
            && matches(filters["publish"]) { wanted in
                detail.networks.flatMap(\.ports).contains { port($0.hostPort, $0.proto, is: wanted) }
            }
            && matches(filters["expose"]) { wanted in
                detail.exposedPorts.contains { $0 == wanted || $0 == "\(wanted)/tcp" }
            }
    }

    private func isAncestor(_ wanted: String, of detail: ContainerDetail) -> Bool {
        let hex = detail.imageID.drop { $0 != ":" }.dropFirst()
        return detail.image == wanted || detail.image == "\(wanted):latest" || detail.imageID == wanted
            || (wanted.count >= 4 && hex.hasPrefix(wanted))
    }

    private func port(_ number: Int, _ proto: String, is wanted: String) -> Bool {
        wanted == "\(number)" || wanted == "\(number)/\(proto)"
    }
}
