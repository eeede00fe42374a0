import BerthAPI
import LinuxSystem

extension BridgeState {
    /// Removes what should not exist, makes what is missing, and puts every rule in place again. A part that fails is
    /// logged and does not keep the others from it.
    mutating func reconcile(_ desired: NetworkReconcile) -> NetworkReconcile.Result {
        let removedEndpoints = removeEndpoints(except: Set(desired.endpoints))
        let removedNetworks = removeNetworks(except: Set(desired.networks.map(\.id)))
        for network in desired.networks {
            logged("network \(network.id) cannot be made") { state in _ = try state.create(network) }
        }
        logged("links without an owner are left") { state in try state.removeOrphans() }
        logged("the host is not set up") { state in try state.assertAll() }
        var missing: [String] = []
        for key in desired.endpoints {
            var isThere = false
            logged("endpoint \(key) cannot be repaired") { state in isThere = try state.repair(key) }
            if !isThere { missing.append(key) }
        }
        return NetworkReconcile.Result(
            removedNetworks: removedNetworks, removedEndpoints: removedEndpoints, missingEndpoints: missing)
    }

    private mutating func removeEndpoints(except wanted: Set<String>) -> [String] {
        let surplus = endpoints.keys.filter { !wanted.contains($0) }.sorted()
        for key in surplus { logged("endpoint \(key) is left") { state in try state.detach(key) } }
        return surplus.filter { endpoints[$0] == nil }
    }

    private mutating func removeNetworks(except wanted: Set<String>) -> [String] {
        let surplus = networks.keys.filter { !wanted.contains($0) }.sorted()
        for id in surplus { logged("network \(id) is left") { state in try state.delete(id) } }
        return surplus.filter { networks[$0] == nil }
    }

    /// Links that a process made and did not live to write down the end of.
    private mutating func removeOrphans() throws {
        let known = Set(endpoints.values.map(\.record.link))
        for network in networks.values {
            guard let bridge = try plumbing.link(network.bridge) else { continue }
            for link in try plumbing.ports(of: bridge.index) {
                guard !known.contains(link.name), !reaper.isPending(link.name) else { continue }
                try plumbing.delete(.index(link.index))
            }
        }
    }
}
