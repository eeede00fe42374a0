import BerthAPI
import JSONRPC
import LinuxSystem
import Supervisor

/// Containers that are said to run: shim, process and cgroup.
struct ShimCheck: Check {
    let name = "containers"
    let containers: ContainerManager
    let cgroupParent: String

    func run() async throws -> [Problem] {
        let running = containers.index.all.filter { $0.phase == .running }.sorted { $0.detail.name < $1.detail.name }
        return await withTaskGroup(of: (Int, Problem?).self) { group in
            for (number, record) in running.enumerated() {
                group.addTask { (number, await look(at: record)) }
            }
            return await group.reduce(into: []) { $0.append($1) }.sorted { $0.0 < $1.0 }.compactMap(\.1)
        }
    }

    private func look(at record: ContainerRecord) async -> Problem? {
        let object = "container \(record.detail.name)"
        guard let container = try? await containers.find(record.id) else { return nil }
        let state: ShimState.Result
        switch await container.shimCondition(within: CheckedDrivers.patience) {
        case .answers(let answer): state = answer
        case .silent(let reason):
            return problem(.error, object, "its shim does not answer: \(reason)")
        case .none:
            return problem(.error, object, "it has no shim", repair: "connect to it, or record that it has ended") {
                await container.recover()
            }
        }
        guard state.phase != .exited else {
            return problem(.error, object, "it has ended, and is not recorded so", repair: "record its end") {
                await container.recover()
            }
        }
        guard let pid = state.pid.flatMap({ CInt(exactly: $0) }), ProcessIdentity(pid: pid) != nil else {
            return problem(.error, object, "its process \(state.pid ?? 0) is gone, and its shim does not know")
        }
        if let cgroup = try? Cgroup("\(cgroupParent)/\(record.id)", in: .detect()),
            !cgroup.folders.contains(where: fileExists)
        {
            return problem(.error, object, "its cgroup \(cgroup.path) is missing, its limits do not hold: restart it")
        }
        return nil
    }
}

extension Container {
    enum ShimCondition: Sendable {
        case answers(ShimState.Result)
        case silent(String)
        case none
    }

    func shimCondition(within patience: Duration) async -> ShimCondition {
        guard let shim else { return .none }
        do {
            return .answers(try await shim.call(ShimState(), timeout: patience).result)
        } catch {
            return .silent("\(error)")
        }
    }

    /// Makes the container's own snapshot again, for one that is gone. It is as new: what the container wrote was in it.
    func renewSnapshot() async throws {
        guard record.phase == .created || record.phase == .exited else {
            throw BerthError(.conflict, "container \(id.prefix(12)) is in use", object: "container \(id)")
        }
        let (driver, parent) = (record.detail.snapshotter, record.parentSnapshot)
        _ = try await services.plugins.call(SnapshotRemove(key: id), on: driver)
        _ = try await services.plugins.call(SnapshotPrepare(key: id, parent: parent.isEmpty ? nil : parent), on: driver)
    }
}
