import BerthAPI
import Supervisor

/// Networks and endpoints that only one of core and driver knows.
struct NetworkCheck: Check {
    let name = "networks"
    let networks: NetworkManager
    let index: ContainerIndex
    let supervisor: Supervisor

    private var drivers: CheckedDrivers { CheckedDrivers(plugins: supervisor, kind: .network) }

    func run() async throws -> [Problem] {
        let ready = await networks.all.filter { $0.phase == .ready }.map(\.info.driver)
        // One that was never started holds nothing, and starting it would set up the host for it.
        let resting = Set(await supervisor.list().filter { $0.state == .idle || $0.state == .disabled }.map(\.name))
            .subtracting(ready)
        return await drivers.each(self, named: ready) { driver in
            resting.contains(driver) ? [] : try await look(at: driver)
        }
    }

    private func look(at driver: String) async throws -> [Problem] {
        let held = try await drivers.call(NetworkDriverList(), on: driver)
        let records = await networks.all.filter { $0.info.driver == driver }
        var problems: [Problem] = []
        for record in records.sorted(by: { $0.info.name < $1.info.name }) where record.phase == .ready {
            guard try await drivers.find(NetworkDriverInspect(id: record.info.id), on: driver) == nil else { continue }
            problems.append(
                reconciled(
                    .error, "network \(record.info.name)", driver, "its driver does not have it", "make it again"))
        }
        let known = Set(records.map(\.info.id))
        for network in held {
            guard known.contains(network.id) else {
                let message = "its driver has it, Berth does not know it"
                problems.append(reconciled(.warning, "network \(network.id)", driver, message, "remove it"))
                continue
            }
            problems += endpointProblems(network, driver)
        }
        return problems
    }

    private func endpointProblems(_ network: NetworkDriverState, _ driver: String) -> [Problem] {
        let wanted = Set(index.endpoints(onNetwork: network.id))
        let surplus = network.endpoints.filter { !wanted.contains($0) }.map { endpoint in
            problem(
                .warning, "endpoint \(endpoint)", plugin: driver, "no container that runs has it", repair: "detach it"
            ) { [supervisor] in
                _ = try await supervisor.call(NetworkDetach(endpoint: endpoint), on: driver)
            }
        }
        let held = Set(network.endpoints)
        let running = index.all.filter { $0.phase == .running && $0.endpoint?.network == network.id }
        return surplus
            + running.filter { !held.contains($0.endpoint?.endpoint ?? "") }.map { record in
                problem(
                    .error, "container \(record.detail.name)", plugin: driver,
                    "its driver does not have its endpoint on network \(network.id.prefix(12)): restart it")
            }
    }

    /// What the driver mends itself when it is told what should exist.
    private func reconciled(
        _ severity: CheckFinding.Severity, _ object: String, _ driver: String, _ message: String, _ repair: String
    ) -> Problem {
        problem(severity, object, plugin: driver, message, repair: repair) { [networks, supervisor] in
            _ = try await supervisor.call(
                await networks.reconciliation(of: driver), on: driver, timeout: .seconds(30))
        }
    }
}
