import BerthAPI
import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// The network driver `bridge`. One call at a time: the kernel's own lock for links makes it so in any case.
public final class BridgeDriver: NetworkDriver {
    private let state: Mutex<BridgeState>

    public init(_ environment: PluginEnvironment) throws {
        state = Mutex(try BridgeState(environment))
    }

    public func create(_ request: NetworkDriverCreate) throws -> NetworkDriverCreate.Result {
        try locked { state in try state.create(request) }
    }

    public func delete(_ request: NetworkDriverDelete) throws {
        try locked { state in try state.delete(request.id) }
    }

    /// - Parameter sandbox: its network namespace; else the request's path is opened.
    public func attach(_ request: NetworkAttach, sandbox: SharedDescriptor?) throws -> NetworkAttach.Result {
        let namespace = try request.namespace(sandbox)
        return try locked { state in try state.attach(request, namespace) }
    }

    public func detach(_ request: NetworkDetach) throws {
        try locked { state in try state.detach(request.endpoint, sandboxIsEnding: request.sandboxIsEnding == true) }
    }

    public func publish(_ request: NetworkPublish) throws -> NetworkPublish.Result {
        NetworkPublish.Result(ports: try locked { state in try state.publish(request) })
    }

    public func unpublish(_ request: NetworkUnpublish) throws {
        try locked { state in try state.unpublish(request) }
    }

    public func inspect(_ request: NetworkDriverInspect) throws -> NetworkDriverState {
        try locked { state in try state.inspect(request.id) }
    }

    public func list() throws -> [NetworkDriverState] { try locked { state in state.list() } }

    public func reconcile(_ request: NetworkReconcile) throws -> NetworkReconcile.Result {
        try locked { state in state.reconcile(request) }
    }

    /// Figures for `plugin.stats`.
    public func stats() -> JSON {
        state.withLock { state in
            [
                "networks": JSON(Int64(state.networks.count)), "endpoints": JSON(Int64(state.endpoints.count)),
                "ports": JSON(Int64(state.endpoints.values.reduce(0) { $0 + $1.record.ports.count })),
            ]
        }
    }

    /// Before the process ends in an orderly way.
    public func close() { state.withLock { state in state.close() } }

    private func locked<R>(_ body: (inout BridgeState) throws -> R) throws -> R {
        do {
            return try state.withLock { state throws(any Error) in
                try Caller.current.check()
                return try body(&state)
            }
        } catch let error as NetlinkError {
            throw BerthError(error)
        }
    }
}

extension BerthError {
    /// The one place where what the kernel says of links becomes an error of Berth's.
    init(_ error: NetlinkError) {
        let kind: ErrorKind =
            switch error.errno {
            case .exists, .busy, .addressInUse: .conflict
            case .notPermitted, .accessDenied: .permissionDenied
            case .invalid: .invalidArgument
            case .noDevice: .notFound
            case .noSpace: .resourceExhausted
            case .exchangeFull: .resourceExhausted
            case .notSupported: .unimplemented
            default: .internal
            }
        let isFull = error.errno == .exchangeFull
        self.init(kind, isFull ? "the bridge has 1023 ports, and takes no more" : error.description)
    }
}

extension Errno {
    /// What the kernel says when a bridge has as many ports as it can have.
    fileprivate static let exchangeFull = Errno(rawValue: 54)
}
