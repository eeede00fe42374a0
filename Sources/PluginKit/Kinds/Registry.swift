import BerthAPI
import JSONRPC
import LinuxSystem
import OCISpec

/// What a registry backend does; the semantics are those of the methods in BerthAPI's `Kinds/Registry.swift`.
///
/// Calls come from several threads at once.
public protocol RegistryDriver: Sendable {
    func resolve(_ target: RegistryTarget, reference: String) throws -> OCIDescriptor
    /// Writes the content into `file` from `offset` on, at most as far as the descriptor's size.
    ///
    /// - Returns: bytes that the file has.
    func fetch(_ request: RegistryFetch, into file: SharedDescriptor, transfer: Transfer) throws -> Int64
    /// - Parameter file: a regular file with the whole content, to be read from its beginning whatever its offset.
    /// - Returns: whether it was there already.
    func push(_ request: RegistryPush, from file: SharedDescriptor, transfer: Transfer) throws -> Bool
    func exists(_ target: RegistryTarget, _ descriptor: OCIDescriptor) throws -> Bool
    func tags(_ target: RegistryTarget) throws -> [String]
    func catalog(domain: String, credentials: RegistryCredentials?) throws -> [String]
    func login(domain: String, credentials: RegistryCredentials) throws
}

/// A transfer that runs: how far it is, and whether it should go on. For one thread.
public final class Transfer {
    private static let interval = Duration.milliseconds(100)

    private let context: RequestContext
    private var last = MonotonicTime(nanoseconds: 0)

    init(_ context: RequestContext) { self.context = context }

    /// When the caller gives up.
    public var deadline: MonotonicTime { context.deadline ?? .never }

    /// Whether the caller has given up.
    public var isCancelled: Bool { Caller(context).hasGivenUp }

    /// Tells how many bytes are there; what comes more often than ten times a second is not passed on.
    ///
    /// - Throws: `cancelled` when the caller has given up.
    public func report(_ bytes: Int64) throws {
        try Caller(context).check()
        let now = MonotonicTime.now
        guard now - last >= Self.interval else { return }
        last = now
        context.progress(bytes)
    }
}

extension Plugin where Driver: RegistryDriver {
    /// Answers the methods of the kind `registry`.
    public func serveRegistry() {
        on(RegistryResolve.self) { driver, request, _ in
            .init(descriptor: try driver.resolve(request.target, reference: request.reference))
        }
        on(RegistryFetch.self) { driver, request, context in
            let file = try Self.file(context)
            return .init(size: try driver.fetch(request, into: file, transfer: Transfer(context)))
        }
        on(RegistryPush.self) { driver, request, context in
            let file = try Self.file(context)
            return .init(existed: try driver.push(request, from: file, transfer: Transfer(context)))
        }
        on(RegistryExists.self) { driver, request, _ in
            .init(exists: try driver.exists(request.target, request.descriptor))
        }
        on(RegistryTags.self) { driver, request, _ in .init(tags: try driver.tags(request.target)) }
        on(RegistryCatalog.self) { driver, request, _ in
            .init(repositories: try driver.catalog(domain: request.domain, credentials: request.credentials))
        }
        on(RegistryLogin.self) { driver, request, _ in
            try driver.login(domain: request.domain, credentials: request.credentials)
            return Empty()
        }
    }

    private static func file(_ context: RequestContext) throws -> SharedDescriptor {
        guard let file = context.takeDescriptor() else {
            throw BerthError(.invalidArgument, "\(context.method) came without a descriptor")
        }
        return file
    }
}
