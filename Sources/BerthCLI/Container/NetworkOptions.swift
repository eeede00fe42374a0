import ArgumentParser
import BerthAPI
import LinuxSystem

/// A container's network.
struct NetworkOptions: ParsableArguments {
    @Option(
        name: [.customLong("network"), .customLong("net")], parsing: .unconditional,
        help: ArgumentHelp("Connect a container to a network", valueName: "network"))
    var network: String?
    @Option(
        name: [.customShort("p", allowingJoined: true), .customLong("publish")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Publish a container's port(s) to the host", valueName: "[[ip:]port:]port[/proto]"))
    var publish: [String] = []
    @Flag(name: [.customShort("P"), .customLong("publish-all")], help: "Publish all exposed ports to random ports")
    var publishAll = false
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Expose a port or a range of ports", valueName: "port[/proto]"))
    var expose: [String] = []
    @Option(
        name: .customLong("ip"), parsing: .unconditional,
        help: ArgumentHelp("IPv4 address (e.g., 172.30.100.104)", valueName: "address"))
    var address: String?
    @Option(
        name: .customLong("mac-address"), parsing: .unconditional,
        help: ArgumentHelp("Container MAC address (e.g., 92:d0:c6:0a:29:33)", valueName: "address"))
    var macAddress: String?
    @Option(
        name: [.customLong("network-alias"), .customLong("net-alias")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add network-scoped alias for the container", valueName: "name"))
    var aliases: [String] = []
    @Option(
        parsing: .unconditionalSingleValue, help: ArgumentHelp("Set custom DNS servers", valueName: "address"))
    var dns: [String] = []
    @Option(
        name: .customLong("dns-search"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set custom DNS search domains", valueName: "domain"))
    var dnsSearch: [String] = []
    @Option(
        name: [.customLong("dns-option"), .customLong("dns-opt")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Set DNS options", valueName: "option"))
    var dnsOptions: [String] = []
    @Option(
        name: .customLong("add-host"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add a custom host-to-IP mapping", valueName: "host:ip"))
    var extraHosts: [String] = []

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Add link to another container: not supported", valueName: "container[:alias]"))
    var link: [String] = []

    func apply(to config: inout ContainerConfig) throws {
        guard link.isEmpty else {
            throw InvalidInput(
                "--link is not supported: connect both containers to a network of their own and use --network-alias")
        }
        var request = NetworkRequest()
        request.network = network
        request.ports = try parseAll(publish, of: "-p, --publish", PortSpec.parse).flatMap { $0 }.nonEmpty
        request.publishAll = publishAll ? true : nil
        request.exposed = try parseAll(expose, of: "--expose", PortSpec.parseExposed).flatMap { $0 }.nonEmpty
        request.address = try parseOne(address, of: "--ip", ipAddress)
        request.macAddress = macAddress
        request.aliases = aliases.nonEmpty
        request.dns = try parseAll(dns, of: "--dns", ipAddress).nonEmpty
        request.dnsSearch = dnsSearch.nonEmpty
        request.dnsOptions = dnsOptions.nonEmpty
        request.extraHosts = try parseAll(extraHosts, of: "--add-host", HostEntry.parse).nonEmpty
        if request != NetworkRequest() { config.network = request }
    }

    private func ipAddress(_ text: String) throws(InvalidInput) -> String {
        guard isIPAddress(text) else { throw InvalidInput("\(text) is not an ip address") }
        return text
    }
}

extension Array {
    /// nil instead of nothing.
    var nonEmpty: Self? { isEmpty ? nil : self }
}
