import BerthAPI
import Synchronization

/// The newest record of every container, for what only reads: lists never wait for a container's operation or for a
/// plugin.
final class ContainerIndex: Sendable {
    private struct State {
        var records: [String: ContainerRecord] = [:]
        var ids: [String: String] = [:]
    }

    private let state = Mutex(State())

    init(_ records: [ContainerRecord]) { for record in records { update(record.id, record) } }

    func update(_ id: String, _ record: ContainerRecord?) {
        state.withLock { state in
            if let old = state.records[id], state.ids[old.detail.name] == id { state.ids[old.detail.name] = nil }
            state.records[id] = record
            if let record { state.ids[record.detail.name] = id }
        }
    }

    /// Takes a name for a container that does not have it yet: of two at the same time one gets it.
    ///
    /// - Returns: the id of the container that has it; nil when it was free, or the container's own.
    func claim(_ name: String, for id: String) -> String? {
        state.withLock { state in
            if let owner = state.ids[name], owner != id { return owner }
            state.ids[name] = id
            return nil
        }
    }

    /// Gives back a name that was claimed in vain.
    func release(_ name: String, of id: String) {
        state.withLock { state in
            if state.ids[name] == id, state.records[id]?.detail.name != name { state.ids[name] = nil }
        }
    }

    var all: [ContainerRecord] { state.withLock { Array($0.records.values) } }

    func record(_ id: String) -> ContainerRecord? { state.withLock { $0.records[id] } }

    func isTaken(_ name: String) -> Bool { state.withLock { $0.ids[name] != nil } }

    func id(named name: String) -> String? { state.withLock { $0.ids[name] } }

    /// By id, name, or a prefix of an id that only one has.
    ///
    /// - Throws: `notFound`, or `invalidArgument` when the prefix is ambiguous.
    func resolve(_ text: String) throws -> String {
        let name = text.hasPrefix("/") ? String(text.dropFirst()) : text
        let found: [String] = state.withLock { state in
            if state.records[name] != nil { return [name] }
            if let id = state.ids[name] { return [id] }
            return name.isEmpty ? [] : state.records.keys.filter { $0.hasPrefix(name) }
        }
        guard found.count <= 1 else {
            throw BerthError(.invalidArgument, "container id \(text) is ambiguous", object: "container \(text)")
        }
        guard let id = found.first else {
            throw BerthError(.notFound, "no such container: \(text)", object: "container \(text)")
        }
        return id
    }

    /// Containers that a volume must be kept for; one that is being removed has let go of it.
    func users(ofVolume name: String) -> [String] {
        all.filter { $0.phase != .removing && $0.uses(volume: name) }.map(\.id)
    }

    /// Containers that have, or may have, mounted a volume.
    func mounts(ofVolume name: String) -> [String] {
        all.filter { $0.isActive && $0.uses(volume: name) }.map(\.id)
    }

    /// Keys of the endpoints on a network that are, or may be, attached.
    func endpoints(onNetwork id: String) -> [String] {
        all.filter { $0.endpoint?.network == id && $0.isActive }.compactMap { $0.endpoint?.endpoint }
    }

    /// An error that a driver ascribes to an endpoint, as one about the container that has it.
    func naming(_ error: BerthError) -> BerthError {
        let prefix = "endpoint "
        guard error.kind == .conflict, let object = error.object, object.hasPrefix(prefix),
            let owner = all.first(where: { $0.endpoint?.endpoint == String(object.dropFirst(prefix.count)) })
        else { return error }
        var named = error
        named.message += " by container \(owner.detail.name)"
        named.object = "container \(owner.id)"
        return named
    }

    func members(ofNetwork id: String) -> [NetworkMember] {
        all.compactMap { record in
            record.detail.networks.first { $0.networkID == id }.map {
                NetworkMember(container: record.id, name: record.detail.name, endpoint: $0)
            }
        }
    }
}
