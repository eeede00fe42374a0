import BerthAPI
import LinuxSystem
import Logging

/// Bundles and data folders of containers that are gone.
struct FolderCheck: Check {
    let name = "folders"
    let containers: ContainerManager
    let configuration: EngineConfiguration
    let logger: Logger

    func run() async throws -> [Problem] {
        try orphans(in: "\(configuration.run)/containers").map { id, path in
            problem(
                .warning, "folder \(path)", "its container is gone", repair: "end what is left of it, and remove it"
            ) { try await remove(bundle: path, of: id) }
        }
            + orphans(in: "\(configuration.root)/containers").map { id, path in
                problem(.warning, "folder \(path)", "its container is gone", repair: "remove it") {
                    guard isOrphan(id) else { return }
                    try removeDirectory(path)
                }
            }
    }

    private func isOrphan(_ id: String) -> Bool { Identifier.isID(id) && containers.index.record(id) == nil }

    private func orphans(in folder: String) throws -> [(id: String, path: String)] {
        guard fileExists(folder) else { return [] }
        return try listDirectory(folder).sorted().filter(isOrphan).map { ($0, "\(folder)/\($0)") }
    }

    private func remove(bundle: String, of id: String) async throws {
        guard isOrphan(id) else { return }
        await containers.endShim(of: id)
        ContainerLeftovers(bundle: bundle, logger: logger).remove()
        try removeDirectory(bundle)
    }
}

extension ContainerManager {
    /// Ends a shim that nobody knows, with its container; one that does not answer is left to its cgroup's end.
    func endShim(of id: String) async {
        guard let shim = try? services.connectShim(of: id, report: { _ in }) else { return }
        _ = try? await shim.call(ShimDelete(), timeout: .seconds(15))
        shim.close()
    }
}
