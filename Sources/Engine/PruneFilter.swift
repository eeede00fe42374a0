import BerthAPI

/// docker's filters of what is pruned.
struct PruneFilter {
    private let until: Timestamp?
    private let labels: [String]
    private let absentLabels: [String]

    /// - Throws: `invalidArgument` for another filter, or a time that is none.
    init(_ filters: [String: [String]]) throws {
        if let unknown = filters.keys.first(where: { !["until", "label", "label!"].contains($0) }) {
            throw invalidFilter(unknown)
        }
        labels = filters["label"] ?? []
        absentLabels = filters["label!"] ?? []
        let times = filters["until"] ?? []
        guard times.count <= 1 else { throw BerthError(.invalidArgument, "more than one until filter specified") }
        until = try times.first.map { text in
            guard let time = Timestamp(text) else {
                throw BerthError(.invalidArgument, "invalid filter 'until': \(text) is no time")
            }
            return time
        }
    }

    func matches(_ detail: ContainerDetail) -> Bool {
        (until.map { detail.createdAt < $0 } ?? true) && labels.allSatisfy { labelMatches(detail.labels, $0) }
            && !absentLabels.contains { labelMatches(detail.labels, $0) }
    }
}
