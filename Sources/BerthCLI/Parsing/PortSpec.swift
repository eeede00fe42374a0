import BerthAPI
import LinuxSystem

/// `-p` and `--expose`: `[[address:]hostPort:]containerPort[/protocol]`, ports as ranges `80-90`, IPv6 addresses in
/// brackets.
public enum PortSpec {
    private static let protocols: Set<String> = ["tcp", "udp", "sctp"]

    /// The ports that a value of `-p` publishes.
    ///
    /// A range of host ports for a single container port is a choice: any free one of it.
    public static func parse(_ text: String) throws(InvalidInput) -> [PortRequest] {
        let (address, host, container) = try split(text)
        let (containerText, proto) = try splitProtocol(container)
        guard !containerText.isEmpty else { throw InvalidInput("no port specified: \(text)<empty>") }
        guard let containerPorts = range(containerText) else {
            throw InvalidInput("invalid containerPort: \(containerText)")
        }
        guard !host.isEmpty else {
            return containerPorts.map { PortRequest(hostAddress: address, containerPort: $0, proto: proto) }
        }
        guard let hostPorts = range(host) else { throw InvalidInput("invalid hostPort: \(host)") }
        if containerPorts.count == 1, hostPorts.count > 1 {
            var request = PortRequest(
                hostAddress: address, hostPort: hostPorts.lowerBound, containerPort: containerPorts.lowerBound,
                proto: proto)
            request.hostPortEnd = hostPorts.upperBound
            return [request]
        }
        guard hostPorts.count == containerPorts.count else {
            throw InvalidInput("invalid ranges specified for container and host Ports: \(containerText) and \(host)")
        }
        return zip(hostPorts, containerPorts).map { hostPort, containerPort in
            PortRequest(hostAddress: address, hostPort: hostPort, containerPort: containerPort, proto: proto)
        }
    }

    /// The ports that a value of `--expose` names: `80/tcp`, `90-92/udp`.
    public static func parseExposed(_ text: String) throws(InvalidInput) -> [String] {
        guard !text.contains(":") else { throw InvalidInput("invalid port format for --expose: \(text)") }
        let (ports, proto) = try splitProtocol(text)
        guard let range = range(ports) else { throw InvalidInput("invalid range format for --expose: \(text)") }
        return range.map { "\($0)/\(proto)" }
    }

    private static func split(_ text: String) throws(InvalidInput) -> (address: String?, host: String, String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count < 3 { return (nil, parts.count == 2 ? parts[0] : "", parts[parts.count - 1]) }
        var address = parts.dropLast(2).joined(separator: ":")
        if address.hasPrefix("["), address.hasSuffix("]") {
            address = String(address.dropFirst().dropLast())
        } else if parts.count > 3 {
            throw InvalidInput("invalid IP address: \(address): an IPv6 address stands in brackets")
        }
        guard address.isEmpty || isIPAddress(address) else { throw InvalidInput("invalid IP address: \(address)") }
        return (address.isEmpty ? nil : address, parts[parts.count - 2], parts[parts.count - 1])
    }

    private static func splitProtocol(_ text: String) throws(InvalidInput) -> (port: String, proto: String) {
        guard let slash = text.firstIndex(of: "/") else { return (text, "tcp") }
        let proto = text[text.index(after: slash)...].lowercased()
        guard protocols.contains(proto) || proto.isEmpty else { throw InvalidInput("invalid proto: \(proto)") }
        return (String(text[..<slash]), proto.isEmpty ? "tcp" : proto)
    }

    private static func range(_ text: String) -> ClosedRange<Int>? {
        let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(bounds.count), let first = number(bounds[0]),
            let last = bounds.count == 1 ? first : number(bounds[1]), first <= last
        else { return nil }
        return first...last
    }

    private static func number(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = UInt16(text) else { return nil }
        return Int(value)
    }
}
