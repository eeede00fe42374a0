import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

/// The public API: each method of BerthAPI and the manager that answers it.
public final class EngineService: Service {
    /// What a session may call before it is open.
    private static let open: Set = [Initialize.name, SystemPing.name, SystemVersion.name, "rpc.discover"]

    private let router: Router
    private let memory: MemoryReturn

    public init(_ engine: Engine) {
        memory = engine.memory
        router = Router(errorMapper: { error in
            switch error {
            case let error as BerthError: error.rpcError
            case let error as SystemError: BerthError(systemError: error).rpcError
            default: BerthError(.internal, "\(error)").rpcError
            }
        })
        router.addSystem(engine)
        router.addContainers(engine)
        router.addContainerFiles(engine)
        router.addImages(engine)
        router.addVolumes(engine)
        router.addNetworks(engine)
        router.addPlugins(engine)
        router.addDiscovery(version: Engine.version)
    }

    /// Everything that is answered, in the order of the declarations.
    public var methods: [MethodDescription] { router.methods }

    public func handle(_ request: RequestContext) {
        let mayCall = request.connection.attachment is Session || Self.open.contains(request.method)
        guard mayCall || !router.answers(request.method) else {
            let error = BerthError(
                .failedPrecondition, "the session is not open: call initialize before \(request.method)")
            return request.fail(error.rpcError)
        }
        router.handle(request)
        memory.workEnded()
    }

    public func handle(_ notification: ReceivedNotification) { router.handle(notification) }
}

/// An open session; its presence on a connection is what counts.
struct Session: Sendable {}

extension BerthError {
    /// A system call that failed on a client's behalf.
    init(systemError error: SystemError) {
        let kind: ErrorKind =
            switch error.errno {
            case .noSpace: .resourceExhausted
            case .notPermitted, .accessDenied: .permissionDenied
            default: .internal
            }
        self.init(kind, error.description)
    }
}

extension Router {
    func addDiscovery(version: String) {
        on(Discover.self) { [unowned self] _, _ in
            OpenRPC.document(title: "Berth", version: version, methods: self.methods)
        }
    }
}

/// The OpenRPC document, made from the types that the server decodes.
struct Discover: Method {
    static let name = "rpc.discover"
    static let summary = "Describe every method (OpenRPC 1.2)"
    typealias Result = JSON
}
