import BerthAPI
import Supervisor

/// Volumes that only one of core and driver knows. Neither side's data is ever removed, and none is made up.
struct VolumeCheck: Check {
    let name = "volumes"
    let volumes: VolumeManager
    let plugins: any PluginCaller

    func run() async throws -> [Problem] {
        let drivers = CheckedDrivers(plugins: plugins, kind: .volume)
        let named = await volumes.all.map(\.info.driver)
        return await drivers.each(self, named: named) { driver in
            let held = Set(try await drivers.call(VolumeDriverList(), on: driver).map(\.volume))
            let records = await volumes.all.filter { $0.info.driver == driver }
            let known = Set(records.map(\.info.name))
            let lost = records.filter { $0.phase == .ready && !held.contains($0.info.name) }.map(\.info.name)
            return lost.sorted().map {
                problem(
                    .error, "volume \($0)", plugin: driver,
                    "its driver does not have it: bring its content back, or remove it with berth volume rm")
            }
                + held.subtracting(known).sorted().map {
                    problem(
                        .warning, "volume \($0)", plugin: driver,
                        "its driver has it, Berth does not know it: take it with berth volume create -d \(driver) \($0)"
                    )
                }
        }
    }
}
