import BerthAPI
import ContentStore
import Supervisor

/// Plugins that cannot be used, and packages that are not what was installed.
struct PluginCheck: Check {
    let name = "plugins"
    let supervisor: Supervisor
    let users: PluginManager
    /// For its threads: packages are hashed.
    let content: ContentStore

    func run() async throws -> [Problem] {
        var problems = supervisor.rejected.sorted { $0.key < $1.key }.map { place, error in
            problem(.error, "plugin \(place)", "it is not used: \(error)")
        }
        for plugin in await supervisor.list() {
            problems += await look(at: plugin)
            do {
                try await content.offPool { try supervisor.verify(plugin.name) }
            } catch {
                let way = (error as? BerthError)?.hint.map { ": \($0)" } ?? ""
                problems.append(problem(.error, "plugin \(plugin.name)", plugin: plugin.name, "\(error)\(way)"))
            }
        }
        return problems
    }

    private func look(at plugin: PluginInfo) async -> [Problem] {
        let object = "plugin \(plugin.name)"
        switch plugin.state {
        case .degraded:
            let reason = plugin.lastError.map { ", \($0)" } ?? ""
            let way = ": berth plugin logs \(plugin.name) has its last words"
            return [problem(.error, object, plugin: plugin.name, "it crashes in a loop\(reason)\(way)")]
        case .disabled:
            let users = await users.users(of: plugin.name, running: false)
            guard let first = users.first else { return [] }
            let more = users.count > 1 ? " and \(users.count - 1) more" : ""
            return [problem(.error, object, plugin: plugin.name, "it is disabled, and used by \(first)\(more)")]
        default: return []
        }
    }
}
