import BerthAPI
import Supervisor

/// Logs of containers that are gone, and containers that run whose log nobody takes.
struct LogCheck: Check {
    let name = "logs"
    let containers: ContainerManager
    let plugins: any PluginCaller

    func run() async throws -> [Problem] {
        let drivers = CheckedDrivers(plugins: plugins, kind: .log)
        let named = containers.index.all.map(\.detail.logDriver).filter { $0 != LogStream.none }
        return await drivers.each(self, named: named) { driver in
            do {
                return look(at: try await drivers.call(LogList(), on: driver), driver)
            } catch let error as BerthError where error.kind == .unimplemented {
                return [problem(.ok, "plugin \(driver)", plugin: driver, "it does not list its logs")]
            }
        }
    }

    private func look(at held: LogList.Result, _ driver: String) -> [Problem] {
        let index = containers.index
        let orphans = held.containers.filter { Identifier.isID($0) && index.record($0) == nil }
        let open = Set(held.open)
        let unheard = index.all.filter {
            $0.phase == .running && $0.detail.logDriver == driver && !open.contains($0.id)
        }
        return orphans.sorted().map { id in
            problem(
                .warning, "log \(id)", plugin: driver, "its container is gone", repair: "remove it"
            ) { [plugins] in
                guard index.record(id) == nil else { return }
                _ = try await plugins.call(LogRemove(container: id), on: driver)
            }
        }
            + unheard.sorted { $0.detail.name < $1.detail.name }.map { record in
                problem(
                    .error, "container \(record.detail.name)", plugin: driver,
                    "its driver has no open stream for its log",
                    repair: "open its log again"
                ) { [containers] in try await containers.find(record.id).reopenLog() }
            }
    }
}
