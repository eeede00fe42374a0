import Glibc

/// A resource controller (cgroups(7)), by its name in v1.
public enum CgroupController: String, CaseIterable, Sendable {
    case cpu, cpuacct, cpuset, memory, devices, freezer, blkio, pids, hugetlb, rdma
    case netCls = "net_cls"
    case netPrio = "net_prio"
}

/// Where the host keeps its control groups, found once.
///
///     /sys/fs/cgroup                 v2: one cgroup2 file system
///     /sys/fs/cgroup/<controller>    v1 and hybrid: one file system for each controller, or a few together
public struct CgroupLayout: Hashable, Sendable {
    public enum Version: Hashable, Sendable { case v1, v2 }

    public let version: Version
    /// v1: the mount point of each controller; several may share one.
    public let folders: [CgroupController: String]
    /// v1: one folder for each file system. v2: the one.
    public let hierarchies: [String]

    public init(version: Version, folders: [CgroupController: String], hierarchies: [String]) {
        self.version = version
        self.folders = folders
        self.hierarchies = hierarchies
    }

    public static let root = "/sys/fs/cgroup"

    /// Looks at what is mounted. A host with v1 controllers beside an empty v2 counts as v1.
    public static func detect() throws(SystemError) -> CgroupLayout {
        if mounted(root, .cgroup2) != nil {
            return CgroupLayout(version: .v2, folders: [:], hierarchies: [root])
        }
        var folders: [CgroupController: String] = [:]
        var devices: [UInt64] = []
        var hierarchies: [String] = []
        for controller in CgroupController.allCases {
            let path = "\(root)/\(controller.rawValue)"
            guard let device = mounted(path, .cgroup) else { continue }
            if let shared = devices.firstIndex(of: device) {
                folders[controller] = hierarchies[shared]
            } else {
                folders[controller] = path
                devices.append(device)
                hierarchies.append(path)
            }
        }
        guard !folders.isEmpty else { throw SystemError(.noEntry, "cgroup", "\(root): no control groups are mounted") }
        return CgroupLayout(version: .v1, folders: folders, hierarchies: hierarchies)
    }

    /// v1: further hierarchies, without a controller that counts here. Other OCI runtimes make their groups in them too.
    public var otherHierarchies: [String] {
        guard version == .v1, let names = try? listDirectory(Self.root) else { return [] }
        let known = Set(hierarchies.compactMap { Self.mounted($0, .cgroup) })
        return names.sorted().map { "\(Self.root)/\($0)" }.filter { path in
            Self.mounted(path, .cgroup).map { !known.contains($0) } ?? false
        }
    }

    /// The device number of a file system of that type at the path; nil when there is none.
    private static func mounted(_ path: String, _ type: FileSystemType) -> UInt64? {
        let raw = open(path, OpenFlags.path | O_DIRECTORY | O_CLOEXEC)
        guard raw >= 0 else { return nil }
        let folder = Descriptor(owning: raw)
        do {
            guard try fileSystemType(folder.raw, path) == type else { return nil }
            return try FileIdentity(folder.raw).device
        } catch {
            return nil
        }
    }
}
