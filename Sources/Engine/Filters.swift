import BerthAPI
import LinuxSystem

// docker's filters: the values of one key are alternatives, except for labels, all of which must match.

/// Whether one of the values matches; a key that was not given matches everything.
func matches(_ values: [String]?, _ predicate: (String) -> Bool) -> Bool {
    guard let values, !values.isEmpty else { return true }
    return values.contains(where: predicate)
}

/// Values that are regular expressions, found anywhere in a name or id; one that is none matches nothing.
struct PatternFilter {
    /// nil when the key was not given.
    private let patterns: [TextPattern]?

    init(_ values: [String]?) {
        guard let values, !values.isEmpty else {
            patterns = nil
            return
        }
        patterns = values.compactMap { TextPattern($0) }
    }

    /// - Parameter texts: forms of one name.
    func matches(_ texts: String...) -> Bool {
        guard let patterns else { return true }
        return texts.contains { text in patterns.contains { $0.matches(text) } }
    }
}

/// `80`, `80-90`, `53/udp`: ports of a protocol, tcp unless said.
struct PortFilter {
    private let ports: ClosedRange<Int>
    private let proto: String

    /// - Throws: `invalidArgument` for what is no port.
    init(_ text: String, key: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let bounds = parts[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map { UInt16($0) }
        guard let first = bounds[0], let last = bounds[bounds.count - 1], first <= last else {
            throw invalidFilter("\(key)=\(text)")
        }
        ports = Int(first)...Int(last)
        proto = parts.count == 2 ? parts[1].lowercased() : "tcp"
    }

    func matches(_ port: Int, _ proto: String) -> Bool { ports.contains(port) && self.proto == proto }

    /// - Parameter port: `80/tcp`.
    func matches(_ port: String) -> Bool {
        let parts = port.split(separator: "/")
        return parts.count == 2 && Int(parts[0]).map { matches($0, String(parts[1])) } == true
    }
}

/// `key` or `key=value`.
func labelMatches(_ labels: [String: String], _ filter: String) -> Bool {
    guard let equals = filter.firstIndex(of: "=") else { return labels[filter] != nil }
    return labels[String(filter[..<equals])] == String(filter[filter.index(after: equals)...])
}

func isTrue(_ text: String) -> Bool { ["1", "t", "true", "True", "TRUE"].contains(text) }

func invalidFilter(_ key: String) -> BerthError { BerthError(.invalidArgument, "invalid filter '\(key)'") }
