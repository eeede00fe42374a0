import BerthAPI

/// Published and exposed ports in one line: `0.0.0.0:8080->80/tcp`, neighbours as ranges `8080-8082->80-82/tcp`.
enum PortColumn {
    private struct Group {
        var address: String?
        var host: ClosedRange<Int>?
        var container: ClosedRange<Int>
        var proto: String

        /// Takes in the next port, if it is one.
        mutating func extend(with other: Group) -> Bool {
            guard address == other.address, proto == other.proto,
                other.container.lowerBound == container.upperBound + 1,
                other.host?.lowerBound == host.map({ $0.upperBound + 1 })
            else { return false }
            container = container.lowerBound...other.container.upperBound
            if let host, let next = other.host { self.host = host.lowerBound...next.upperBound }
            return true
        }

        var text: String {
            let inside = "\(PortColumn.text(container))/\(proto)"
            guard let host, let address else { return inside }
            let shown = address.contains(":") ? "[\(address)]" : address
            return "\(shown):\(PortColumn.text(host))->\(inside)"
        }
    }

    static func text(_ published: [PortBinding], exposed: [String]) -> String {
        let bound = Set(published.map { "\($0.containerPort)/\($0.proto)" })
        var groups = published.map { port in
            Group(
                address: port.hostAddress.isEmpty ? "0.0.0.0" : port.hostAddress, host: port.hostPort...port.hostPort,
                container: port.containerPort...port.containerPort, proto: port.proto)
        }
        for port in exposed where !bound.contains(port) {
            let (number, proto) = port.splitOnce("/")
            if let number = Int(number) { groups.append(Group(container: number...number, proto: proto ?? "tcp")) }
        }
        groups.sort { order($0) < order($1) }
        var merged: [Group] = []
        for group in groups {
            if merged.isEmpty || !merged[merged.count - 1].extend(with: group) { merged.append(group) }
        }
        return merged.map(\.text).joined(separator: ", ")
    }

    private static func order(_ group: Group) -> (String, String, Int, Int) {
        (group.proto, group.address ?? "", group.container.lowerBound, group.host?.lowerBound ?? 0)
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound)-\(range.upperBound)"
    }
}
