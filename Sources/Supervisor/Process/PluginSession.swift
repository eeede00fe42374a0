import BerthAPI
import JSONRPC

/// The way to a plugin that has shaken hands and serves nobody else yet: for its reconciliation.
public struct PluginSession: Sendable {
    public let name: String
    let process: PluginProcess

    /// - Throws: `BerthError`, with `plugin` set; `unavailable` when the process has ended.
    @discardableResult
    public func call<M: Method>(_ method: M, timeout: Duration = .seconds(10)) async throws -> M.Result {
        do {
            return try await process.connection.call(method, timeout: timeout)
        } catch {
            var mapped = BerthError(error)
            mapped.plugin = name
            throw mapped
        }
    }
}
