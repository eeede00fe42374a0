import BerthAPI
import LinuxSystem

/// What containers are told about name servers (resolv.conf(5)).
enum Resolver {
    private static let limit = 64 << 10
    /// What systemd-resolved forwards to, where the host's own file names its stub on loopback only.
    private static let forwarded = "/run/systemd/resolve/resolv.conf"

    static func hostSettings() -> DNSSettings {
        let own = parse(text(at: "/etc/resolv.conf"))
        let reachable = own.servers.filter(isReachable)
        var settings = own
        settings.servers = reachable
        guard reachable.isEmpty, !own.servers.isEmpty else { return settings }
        let beyond = parse(text(at: forwarded)).servers.filter(isReachable)
        settings.servers = beyond.isEmpty ? own.servers : beyond
        return settings
    }

    /// For networks without a way out. The host must not resolve names for them, which would be one
    /// (CVE-2024-29018): their own loopback refuses at once.
    static let none = DNSSettings(servers: ["127.0.0.1"])

    static func parse(_ text: String) -> DNSSettings {
        var settings = DNSSettings()
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            switch words.first {
            case "nameserver": settings.servers += words.dropFirst().prefix(1)
            case "search", "domain": settings.search = Array(words.dropFirst())
            case "options": settings.options += words.dropFirst()
            default: continue
            }
        }
        return settings
    }

    /// Whether a container can reach the server through the host: no loopback address, none that needs IPv6.
    private static func isReachable(_ server: String) -> Bool {
        IPv4Address(server).map { !$0.isLoopback && $0 != .any } ?? false
    }

    /// A host without the file has no name servers; that is no error of the network.
    private static func text(at path: String) -> String {
        guard let bytes = try? readFile(path, limit: limit) else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }
}
