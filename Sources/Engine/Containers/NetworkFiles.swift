import BerthAPI
import LinuxSystem

/// hosts and resolv.conf of a container. They are bind-mounted into it, so they are rewritten in place.
struct NetworkFiles {
    let record: ContainerRecord
    let answer: NetworkAttach.Result

    /// - Parameter hostNetwork: The container shares the host's namespace, and with it the host's own files.
    func write(hostNetwork: Bool) throws {
        let directory = record.detail.directory
        try rewriteFile("\(directory)/hosts", Array(hosts(hostNetwork: hostNetwork).utf8))
        try rewriteFile("\(directory)/resolv.conf", Array(resolvConf().utf8))
    }

    private func hosts(hostNetwork: Bool) -> String {
        var text = """
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            ff00::0\tip6-mcastprefix
            ff02::1\tip6-allnodes
            ff02::2\tip6-allrouters

            """
        let config = record.detail.config
        if hostNetwork, let own = try? readFile("/etc/hosts", limit: 1 << 20) {
            text = String(decoding: own, as: UTF8.self)
        }
        for entry in config.network?.extraHosts ?? [] {
            guard let colon = entry.firstIndex(of: ":") else { continue }
            let name = entry[..<colon]
            let address = String(entry[entry.index(after: colon)...])
            text += "\(address == "host-gateway" ? answer.gateway ?? "127.0.0.1" : address)\t\(name)\n"
        }
        if let address = answer.address?.prefix(while: { $0 != "/" }) {
            let short = record.hostname
            let names = config.domainName.map { "\(short).\($0) \(short)" } ?? short
            text += "\(address)\t\(names)\n"
        }
        return text
    }

    /// The request's servers, else the network's, else the host's without those that only the host can reach.
    private func resolvConf() -> String {
        let request = record.detail.config.network
        let settings = DNSSettings(
            servers: request?.dns ?? answer.dns.servers, search: request?.dnsSearch ?? answer.dns.search,
            options: request?.dnsOptions ?? answer.dns.options)
        if settings == DNSSettings(), let own = try? readFile("/etc/resolv.conf", limit: 1 << 20) {
            return String(decoding: own, as: UTF8.self)
        }
        var lines = settings.servers.map { "nameserver \($0)" }
        if !settings.search.isEmpty, settings.search != ["."] {
            lines.append("search \(settings.search.joined(separator: " "))")
        }
        if !settings.options.isEmpty { lines.append("options \(settings.options.joined(separator: " "))") }
        return lines.map { "\($0)\n" }.joined()
    }
}
