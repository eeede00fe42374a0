import BerthAPI
import JSON
import LinuxSystem
import PluginKit

/// The plugin's table: kept equal to what the plugin holds.
final class Firewall: @unchecked Sendable {
    // Sendable because its one holder, `BridgeState`, is reached with the driver's lock held.

    let table: String
    private let nftables: Nftables
    /// Whether the table was put in place by this process.
    private var isInPlace = false

    init(table: String) throws(BerthError) {
        self.table = table
        nftables = try Nftables()
    }

    /// Puts every rule in place, whatever is there now; without bridges, none.
    func assert(bridges: [Ruleset.Bridge], ports: [PublishedPort]) throws(BerthError) {
        let rules = Ruleset(table: table, bridges: bridges, ports: ports)
        do throws(NftablesError) {
            try nftables.run(bridges.isEmpty ? Ruleset.removal(of: table) : rules.replacement)
            isInPlace = !bridges.isEmpty
        } catch {
            throw BerthError(.internal, "the firewall rules could not be set: \(error)")
        }
    }

    /// Adds elements for ports.
    ///
    /// - Returns: false when the table is not as it was left: all rules have to be asserted.
    func publish(_ ports: some Collection<PublishedPort>) -> Bool { change("add", ports) }

    /// Removes the elements of ports.
    ///
    /// - Returns: as `publish`.
    func unpublish(_ ports: some Collection<PublishedPort>) -> Bool { change("delete", ports) }

    private func change(_ verb: String, _ ports: some Collection<PublishedPort>) -> Bool {
        if ports.isEmpty { return true }
        guard isInPlace else { return false }
        do throws(NftablesError) {
            try nftables.run(json: PublishedPort.transaction(verb, ports, table: table))
            return true
        } catch {
            PluginLog.warning("the firewall table was changed by someone else", [("error", JSON("\(error)"))])
            return false
        }
    }
}
