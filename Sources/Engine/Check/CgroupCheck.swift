import BerthAPI
import LinuxSystem

/// Cgroups below the daemon's that are named like a container's and belong to none.
struct CgroupCheck: Check {
    let name = "cgroups"
    let index: ContainerIndex
    /// As an absolute cgroup path.
    let parent: String

    func run() async throws -> [Problem] {
        let layout = try CgroupLayout.detect()
        var found: Set<String> = []
        for hierarchy in layout.hierarchies where fileExists(hierarchy + parent) {
            found.formUnion(try listDirectory(hierarchy + parent).filter(Identifier.isID))
        }
        return try found.sorted().filter { index.record($0) == nil }.map { id in
            let cgroup = try Cgroup("\(parent)/\(id)", in: layout)
            let processes = try cgroup.processes().count
            let holds = processes > 0 ? ", and holds \(processes) processes" : ""
            return problem(
                .warning, "cgroup \(cgroup.path)", "it belongs to no container\(holds)",
                repair: processes > 0 ? "kill what is in it, and remove it" : "remove it"
            ) { [index] in
                guard index.record(id) == nil else { return }
                try cgroup.remove()
            }
        }
    }
}
