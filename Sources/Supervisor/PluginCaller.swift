import BerthAPI
import JSON
import JSONRPC
import LinuxSystem

/// A plugin's answer, with the descriptors that came along.
public typealias PluginReply = Reply

/// How the engine reaches plugins: by logical name, never by technology.
public protocol PluginCaller: Sendable {
    /// Calls a plugin, starting it when need be. When the plugin dies on the way the call is repeated within its
    /// deadline (all mutating methods are idempotent).
    ///
    /// - Throws: `BerthError`, with `plugin` set.
    func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration, descriptors: [SharedDescriptor],
        onProgress: (@Sendable (JSON) -> Void)?
    ) async throws -> PluginReply<M.Result>

    /// The optional abilities that the plugin named in its handshake; starts it when need be.
    func capabilities(of plugin: String) async throws -> Set<String>

    /// What happens to calls while the plugin is away; nil for one that is not there.
    func failurePolicy(of plugin: String) -> PluginManifest.FailurePolicy?

    /// Whether the plugin crashes in a loop: nobody can say when it is back.
    func isDegraded(_ plugin: String) async -> Bool

    /// Logical names of the instances of a kind, sorted.
    func plugins(of kind: PluginKind) -> [String]
}

extension PluginCaller {
    /// A call without descriptors or progress, answered within 10 seconds unless said.
    public func call<M: Method>(
        _ method: M, on plugin: String, timeout: Duration = .seconds(10), descriptors: [SharedDescriptor] = []
    ) async throws -> M.Result {
        try await call(method, on: plugin, timeout: timeout, descriptors: descriptors, onProgress: nil).result
    }
}
