import BerthAPI
import JSON
import LinuxSystem
import Logging
import OCISpec

/// What a shim that died leaves: processes and a cgroup. Found from the bundle alone.
struct ContainerLeftovers {
    let bundle: String
    let logger: Logger

    /// Kills every process of the container's cgroup and removes it. What is gone already is no error.
    func remove() {
        guard let bytes = try? readFile("\(bundle)/config.json"),
            let spec = try? JSON(parsing: bytes).decode(RuntimeSpec.self), let path = spec.linux?.cgroupsPath
        else { return }
        do {
            try Cgroup(path, in: .detect()).remove()
        } catch {
            logger.warning("cgroup \(path): \(error)")
        }
    }
}
