import LinuxSystem

/// `--add-host`: `name:address` or `name=address`.
public enum HostEntry {
    /// `name:address`, brackets taken off an IPv6 address.
    public static func parse(_ text: String) throws(InvalidInput) -> String {
        let (name, rest) = text.splitOnce(text.contains("=") ? "=" : ":")
        guard var address = rest, !name.isEmpty else { throw InvalidInput("bad format for add-host: \"\(text)\"") }
        if address.hasPrefix("["), address.hasSuffix("]") { address = String(address.dropFirst().dropLast()) }
        guard address == "host-gateway" || isIPAddress(address) else {
            throw InvalidInput("invalid IP address in add-host: \"\(address)\"")
        }
        return "\(name):\(address)"
    }
}
