import LinuxSystem
import OCISpec

/// A path of a source instead of the source: resolved beneath it by the kernel, whatever links are on the way.
enum Subpath {
    /// A detached copy of what is mounted at a path of this process, or of a path beneath that.
    static func bind(_ source: String, _ subpath: String?, recursive: Bool) throws(SystemError) -> Descriptor {
        guard let subpath else { return try MountTree.copy(source, recursive: recursive) }
        let place = try RootFolder.openPlace(source)
        let part = try RootFolder(place.raw).open(subpath, .place)
        return try MountTree.copy(of: part.raw, recursive: recursive)
    }
}

extension Mounter {
    /// A detached copy of the part that a mount asks for; nil when it asks for the whole.
    func part(of mount: RuntimeSpec.Mount) throws(LaunchError) -> SharedDescriptor? {
        let options = MountOptions(mount.options ?? [])
        guard let subpath = options.subpath else { return nil }
        let source = BindSource(mount, bundle: bundle)
        return try during("mount \(mount.source ?? "") on \(mount.destination)") { () throws(SystemError) in
            if let source { return try source.open().shared() }
            let whole = try freshTree(mount, options)
            let inside = try RootFolder(whole.raw).open(subpath, .place)
            return try MountTree.copy(of: inside.raw, recursive: false).shared()
        }
    }

    /// Attaches a path of a new file system. The whole is at the destination only for as long as the path is looked up:
    /// older kernels copy no part of what is mounted nowhere.
    func attach(
        _ subpath: String, of whole: borrowing Descriptor, _ mount: RuntimeSpec.Mount, _ options: MountOptions
    ) throws(SystemError) {
        let destination = mount.absoluteDestination
        let place = try root.makeFolder(destination)
        try MountTree.attach(whole, to: place, mount.destination)
        let part: Descriptor
        do {
            let inside = try RootFolder(whole.raw).open(subpath, .place)
            part = try MountTree.copy(of: inside.raw, recursive: false)
        } catch {
            try MountTree.detach(whole.raw, mount.destination)
            throw error
        }
        try MountTree.detach(whole.raw, mount.destination)
        let isFolder = try FileKind(part.raw) == .folder
        let target = isFolder ? try root.makeFolder(destination) : try root.makeFile(destination)
        try MountTree.change(part.raw, set: options.set, mount.destination)
        try MountTree.attach(part, to: target, mount.destination)
        try Self.propagate(options, part.raw)
    }
}
