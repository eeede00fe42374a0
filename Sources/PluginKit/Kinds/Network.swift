import BerthAPI
import JSONRPC
import LinuxSystem

/// What a network driver does; the semantics are those of the methods in BerthAPI's `Kinds/Network.swift`.
///
/// Calls come from several threads at once, for the same endpoint too.
public protocol NetworkDriver: Sendable {
    func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result
    func delete(_ request: NetworkDriverDelete) throws
    /// - Parameter sandbox: its network namespace; nil where none came.
    func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result
    func detach(_ request: NetworkDetach) throws
    func publish(_ request: NetworkPublish) throws -> NetworkPublish.Result
    func unpublish(_ request: NetworkUnpublish) throws
    func inspect(_ request: NetworkDriverInspect) throws -> NetworkDriverState
    func list() throws -> [NetworkDriverState]
    func reconcile(_ request: NetworkReconcile) throws -> NetworkReconcile.Result
}

/// A network driver with the capability `stateless`: what it does ends with the sandbox, so that there is nothing to
/// remember, to take back or to compare. It publishes no ports.
public protocol StatelessNetworkDriver: NetworkDriver {}

extension StatelessNetworkDriver {
    public func delete(_ request: NetworkDriverDelete) throws {}
    public func detach(_ request: NetworkDetach) throws {}
    public func unpublish(_ request: NetworkUnpublish) throws {}
    public func inspect(_ request: NetworkDriverInspect) throws -> NetworkDriverState {
        NetworkDriverState(id: request.id)
    }
    public func list() throws -> [NetworkDriverState] { [] }
    public func reconcile(_ request: NetworkReconcile) throws -> NetworkReconcile.Result {
        NetworkReconcile.Result(removedNetworks: [], removedEndpoints: [], missingEndpoints: [])
    }
}

extension NetworkDriverCreate {
    /// For drivers that give none.
    ///
    /// - Throws: `invalidArgument` when the network is to have addresses.
    public func requireNoAddresses() throws(BerthError) {
        guard subnet == nil, gateway == nil, ipRange == nil else {
            throw BerthError(.invalidArgument, "networks of this driver have no addresses")
        }
    }
}

extension NetworkAttach {
    /// For drivers that give none.
    ///
    /// - Throws: `invalidArgument` when the endpoint is to have a certain address.
    public func requireNoAddress() throws(BerthError) {
        guard endpoint.address == nil else {
            throw BerthError(.invalidArgument, "endpoints of this driver have no address")
        }
    }

    /// Takes loopback up in the sandbox, which is all that a driver without addresses does there.
    ///
    /// - Throws: as `namespace`, and what the kernel says.
    public func startLoopback(in sandbox: SharedDescriptor?) throws {
        let namespace = try namespace(sandbox)
        var socket = try namespace.enter(from: .current()) { () throws(SystemError) in try NetlinkSocket() }
        try socket.perform([.setLink(.loopback, isUp: true)])
    }

    /// The sandbox's namespace: the descriptor that came, else what the request's path names.
    ///
    /// - Throws: `invalidArgument` when there is none, or it is the one that this process runs in: a driver that
    ///   configured that would cut the host off.
    public func namespace(_ sandbox: SharedDescriptor?) throws -> NetworkNamespace {
        let namespace = try open(sandbox)
        guard try namespace.identity() != NetworkNamespace.current().identity() else {
            throw BerthError(.invalidArgument, "the sandbox is the host's own network namespace")
        }
        return namespace
    }

    private func open(_ descriptor: SharedDescriptor?) throws -> NetworkNamespace {
        do {
            if let descriptor { return try NetworkNamespace(descriptor.duplicate()) }
            if let sandbox { return try NetworkNamespace(path: sandbox) }
        } catch {
            throw BerthError(.invalidArgument, "the sandbox is not a network namespace that can be opened: \(error)")
        }
        throw BerthError(.invalidArgument, "\(Self.name) needs the sandbox's network namespace as a descriptor")
    }
}

extension Plugin where Driver: NetworkDriver {
    /// Answers the methods of the kind `network`.
    public func serveNetwork() {
        on(NetworkDriverCreate.self) { driver, request, _ in try driver.create(request) }
        on(NetworkDriverDelete.self) { driver, request, _ in
            try driver.delete(request)
            return Empty()
        }
        on(NetworkAttach.self) { driver, request, context in
            try driver.attach(request, sandbox: context.takeDescriptor())
        }
        on(NetworkDetach.self) { driver, request, _ in
            try driver.detach(request)
            return Empty()
        }
        on(NetworkPublish.self) { driver, request, _ in try driver.publish(request) }
        on(NetworkUnpublish.self) { driver, request, _ in
            try driver.unpublish(request)
            return Empty()
        }
        on(NetworkDriverInspect.self) { driver, request, _ in try driver.inspect(request) }
        on(NetworkDriverList.self) { driver, _, _ in try driver.list() }
        on(NetworkReconcile.self) { driver, request, _ in try driver.reconcile(request) }
    }
}
