import Archive
import BerthAPI
import ContainerRuntime
import Decompression
import LinuxSystem
import OCISpec

/// Does what a task says.
struct FileTaskRun {
    private static let stream: CInt = 3
    private static let process: CInt = 4
    private static let layer: CInt = 4

    private static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_MKNOD", "CAP_SETFCAP",
    ]

    private let task: FileTask

    init(_ task: FileTask) { self.task = task }

    func run() throws -> FileAnswer {
        // Modes are meant as they are given.
        CurrentProcess.setFileModeMask(0)
        guard let files = try open() else {
            try dropCapabilities(keeping: [])
            let archive = try ExpandedStream(DescriptorStream(Self.stream))
            return FileAnswer(diffID: try LayerFile(Self.layer).write(archive).description)
        }
        try dropCapabilities(keeping: Self.capabilities)
        // To be read, where a place does not do.
        let root = try DirectoryEntry.openFolder(files.root.raw, BytePath(""))
        switch task.action {
        case .status(let path, let following):
            return FileAnswer(status: try ContainerPath.resolve(path, root: root.raw, following: following).status())
        case .pack(let path, let following, let name): return try pack(path, following, name, root.raw)
        case .unpack(let path, let keepingOwners):
            try unpack(path, keepingOwners, root.raw)
            return FileAnswer()
        case .export:
            try TreePacker().pack(contentsOf: root.raw, as: BytePath(""), to: Self.stream)
            return FileAnswer()
        case .makeLayer: throw BerthError(.invalidArgument, "a layer is made of a tar stream, not of files")
        }
    }

    /// Nil for a task about no container's files.
    private func open() throws -> ContainerFiles? {
        switch task.source {
        case .process(let isMapped):
            try ContainerFiles(of: Self.process, withMounts: task.action != .export, inUserNamespace: isMapped)
        case .mounts(let spec): try ContainerFiles(mounting: spec)
        case .stream: nil
        }
    }

    /// What is left is about files: their owners, modes and nodes, whoever they belong to.
    private func dropCapabilities(keeping names: [String]) throws {
        let sets = CapabilitySets(names: names)
        _ = try sets.limitBounding()
        try sets.apply()
        try Credentials.forbidNewPrivileges()
    }

    private func pack(_ text: String, _ following: Bool, _ entry: String?, _ root: CInt) throws -> FileAnswer {
        let path = try ContainerPath.resolve(text, root: root, following: following)
        let status = try path.status()
        let name = try entry.map(ContainerPath.bytes)
        if let folder = try path.openFolder() {
            try TreePacker().pack(contentsOf: folder.raw, as: name ?? path.entryName, to: Self.stream)
        } else {
            let parent = try path.openParent()
            try TreePacker().pack(path.name, in: parent.raw, as: name ?? path.name, to: Self.stream)
        }
        return FileAnswer(status: status)
    }

    private func unpack(_ text: String, _ keepingOwners: Bool, _ root: CInt) throws {
        let path = try ContainerPath.resolve(text, root: root, following: true)
        guard try path.openFolder() != nil else {
            throw BerthError(.invalidArgument, "extraction point is not a directory: \(text)", object: "path")
        }
        let owner: FileOwner = keepingOwners ? .archived : .fixed(user: 0, group: 0)
        let archive = try ExpandedStream(DescriptorStream(Self.stream))
        try TreeUnpacker(owner: owner).unpack(archive, root: root, into: path.full)
    }
}
