import BerthAPI
import JSON
import LinuxSystem
import Logging
import OCISpec

/// What a shim leaves that died or does not answer: itself, processes and a cgroup. Found from the bundle alone.
///
/// ```
/// <bundle>/shim.pid      the shim, as a ProcessIdentity          berthd, once it has started it
/// <bundle>/config.json   where the cgroup is                     berthd, before shim.create
/// ```
struct ContainerLeftovers {
    let bundle: String
    let logger: Logger

    private static let patience: CInt = 2000

    /// Remembers the shim for whoever has to end it.
    func record(shim pid: CInt) throws {
        guard let identity = ProcessIdentity(pid: pid) else { return }
        try writeFile("\(bundle)/shim.pid", Array(identity.description.utf8), durable: false)
    }

    /// Kills the shim and every process of the container's cgroup, and removes that. What is gone already is no error.
    func remove() {
        do {
            try endShim()
            try removeCgroup()
        } catch {
            logger.warning("what is left of \(bundle): \(error)")
        }
    }

    /// First, since it could make the cgroup that is looked for.
    private func endShim() throws {
        guard let bytes = try? readFile("\(bundle)/shim.pid", limit: 128),
            let shim = ProcessIdentity(String(decoding: bytes, as: UTF8.self))
        else { return }
        try shim.kill(waiting: Self.patience)
    }

    private func removeCgroup() throws {
        guard let bytes = try? readFile("\(bundle)/config.json"),
            let spec = try? JSON(parsing: bytes).decode(RuntimeSpec.self), let path = spec.linux?.cgroupsPath
        else { return }
        let layout = try CgroupLayout.detect()
        try Cgroup(path, in: layout).remove()
        for folder in layout.otherHierarchies { removeEmptyDirectory(folder + path) }
    }
}
