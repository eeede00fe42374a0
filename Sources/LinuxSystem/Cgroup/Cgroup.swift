import Glibc

/// One control group: a folder of the same name in each hierarchy that counts.
public struct Cgroup: Hashable, Sendable {
    public let layout: CgroupLayout
    /// Below each hierarchy's root: `/berth/<id>`.
    public let path: String
    /// The group's folders, one for each hierarchy that it has a part in.
    public let folders: [String]
    /// v1: controllers without a group of their own, because nothing asked for them.
    public let left: [CgroupController]

    /// - Throws: `invalid` for a path with `..` or an empty one.
    public init(
        _ path: String, in layout: CgroupLayout, leaving left: [CgroupController] = []
    ) throws(SystemError) {
        let names = path.split(separator: "/")
        guard !names.isEmpty, !names.contains(".."), !names.contains(".") else {
            throw SystemError(.invalid, "cgroup", path)
        }
        self.layout = layout
        let path = "/" + names.joined(separator: "/")
        self.path = path
        self.left = left
        var roots: [String] = layout.version == .v2 ? layout.hierarchies : []
        for root in layout.version == .v1 ? layout.hierarchies : [] {
            if layout.folders.contains(where: { $0.value == root && !left.contains($0.key) }) { roots.append(root) }
        }
        folders = roots.map { $0 + path }
    }

    /// Names of the v1 controllers that it has no part in.
    public var partsLeft: [String] { left.map(\.rawValue) }

    /// The folder that holds a controller's files; nil when the host has no such controller.
    public func folder(of controller: CgroupController) -> String? {
        if layout.version == .v2 { return layout.hierarchies[0] + path }
        guard !left.contains(controller) else { return nil }
        return layout.folders[controller].map { $0 + path }
    }

    /// Makes the group. One that exists is used as it is.
    public func create() throws(SystemError) {
        for folder in folders { try Self.makeFolders(folder) }
        switch layout.version {
        case .v1: try prepareCPUSet()
        case .v2: try enableControllers()
        }
    }

    /// v1: the group with parts that it had not before, in which its processes are put.
    public func extended(by controllers: Set<CgroupController>) throws(SystemError) -> Cgroup {
        let larger = try Cgroup(path, in: layout, leaving: left.filter { !controllers.contains($0) })
        try larger.create()
        var moved: Set<CInt> = []
        // A process that was not moved yet may have made another meanwhile.
        while true {
            let pids = try processes().filter { !moved.contains($0) }
            guard !pids.isEmpty else { break }
            moved.formUnion(pids)
            for folder in larger.folders where !folders.contains(folder) { try Self.move(pids, to: folder) }
        }
        return larger
    }

    private static func move(_ pids: [CInt], to folder: String) throws(SystemError) {
        let group = try KernelFolder(folder, [.cgroup])
        for pid in pids {
            do {
                try group.write("cgroup.procs", "\(pid)")
            } catch  where error.errno == .noProcess {
                continue
            }
        }
    }

    private static func makeFolders(_ folder: String) throws(SystemError) {
        if mkdir(folder, 0o755) == 0 { return }
        switch Errno.current {
        case .exists: return
        case .noEntry:
            try makeFolders(parentDirectory(folder))
            // Another may have made it meanwhile.
            if mkdir(folder, 0o755) != 0, Errno.current != .exists { throw SystemError(.current, "mkdir", folder) }
        default: throw SystemError(.current, "mkdir", folder)
        }
    }

    /// A new v1 cpuset has neither processors nor memory and takes no process: both come from the parent's.
    private func prepareCPUSet() throws(SystemError) {
        guard let folder = folder(of: .cpuset), let root = layout.folders[.cpuset] else { return }
        var current = root
        var parents: [String] = []
        for name in folder.dropFirst(root.count).split(separator: "/") {
            parents.append(current)
            current += "/\(name)"
            let own = try KernelFolder(current, [.cgroup])
            let parent = try KernelFolder(parents[parents.count - 1], [.cgroup])
            for file in ["cpuset.cpus", "cpuset.mems"] where try own.read(file).isBlank {
                try own.write(file, try parent.read(file).trimmed)
            }
        }
    }

    /// Hands the controllers down from the root; those that the host keeps to itself stay away.
    private func enableControllers() throws(SystemError) {
        var current = layout.hierarchies[0]
        for name in path.split(separator: "/") {
            let folder = try KernelFolder(current, [.cgroup2])
            let available = try folder.read("cgroup.controllers").words
            let enabled = Set(try folder.read("cgroup.subtree_control").words)
            for controller in available where !enabled.contains(controller) {
                do {
                    try folder.write("cgroup.subtree_control", "+\(controller)")
                } catch  where [.busy, .notSupported, .noEntry, .invalid].contains(error.errno) {
                    continue
                }
            }
            current += "/\(name)"
        }
    }

    /// Opens a controller's folder, to write several of its files.
    public func open(_ controller: CgroupController) throws(SystemError) -> KernelFolder {
        guard let folder = folder(of: controller) else {
            throw SystemError(.notSupported, "cgroup", "the host has no \(controller.rawValue) controller")
        }
        return try KernelFolder(folder, [.cgroup, .cgroup2])
    }

    /// Reads one of a controller's files; nil when the host has no such controller or file.
    public func read(_ controller: CgroupController, _ file: String) throws(SystemError) -> String? {
        guard let folder = folder(of: controller) else { return nil }
        do {
            return try KernelFolder(folder, [.cgroup, .cgroup2]).read(file)
        } catch  where error.errno == .noEntry {
            return nil
        }
    }

    /// v1: the files in which a process with one thread writes `0` to enter. The way through `tasks` spares the
    /// kernel's global lock and its grace period that `cgroup.procs` takes.
    public func entryFiles() throws(SystemError) -> [SharedDescriptor] {
        guard layout.version == .v1 else { return [] }
        var files: [SharedDescriptor] = []
        for folder in folders {
            files.append(try KernelFolder(folder, [.cgroup]).open("tasks", forWriting: true).shared())
        }
        return files
    }

    /// The files in which a child that is being spawned writes `0` to enter, in either version.
    public func spawnFiles() throws(SystemError) -> [SharedDescriptor] {
        guard layout.version == .v2 else { return try entryFiles() }
        return [try KernelFolder(folders[0], [.cgroup2]).open("cgroup.procs", forWriting: true).shared()]
    }

    /// v2: the folder that a process can be born in.
    public func birthplace() throws(SystemError) -> SharedDescriptor? {
        guard layout.version == .v2 else { return nil }
        let path = folders[0]
        return SharedDescriptor(
            owning: try systemCall("open", path) { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) })
    }

    /// Enters the group through what `entryFiles` opened.
    public static func enter(_ files: [SharedDescriptor]) throws(SystemError) {
        for file in files { try systemCall("write", "cgroup tasks") { Glibc.write(file.raw, "0", 1) } }
    }
}

extension String {
    var trimmed: String {
        var text = Substring(self)
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    var isBlank: Bool { allSatisfy(\.isWhitespace) }
    var words: [String] { split(whereSeparator: \.isWhitespace).map(String.init) }
}
