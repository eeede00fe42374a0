import BerthAPI
import LinuxSystem

/// Whether overlay can work with the file system that the state is on: found out by doing what overlay does.
enum FilesystemCheck {
    static func run(_ root: String) throws {
        guard root.hasPrefix("/"), !root.contains(where: { ":,\\".contains($0) }) else {
            throw BerthError(
                .invalidArgument, "the state directory \(root) has a character that overlay's options cannot hold",
                hint: "choose an absolute path without colon, comma and backslash")
        }
        do {
            _ = try FilesystemContext("overlay")
        } catch {
            throw unsuitable(root, "the kernel has no overlay file system", error)
        }
        let folder = try DirectoryEntry.openAbsolute(BytePath(root))
        let name = BytePath(".check")
        try TreeRemover.remove(folder.raw, name)
        try DirectoryEntry.makeFolder(folder.raw, name, mode: 0o700)
        let probe = try DirectoryEntry.openChildFolder(folder.raw, name)
        try check(probe.raw, root)
        try TreeRemover.remove(folder.raw, name)
    }

    private static func check(_ probe: CInt, _ root: String) throws {
        do {
            try ExtendedAttributes.set(probe, BytePath("trusted.overlay.opaque"), "y")
        } catch {
            throw unsuitable(root, "it has no trusted extended attributes, or the process may not set them", error)
        }
        do {
            try DirectoryEntry.makeNode(probe, BytePath("whiteout"), .characterDevice, mode: 0)
        } catch {
            throw unsuitable(root, "it takes no character device 0:0, overlay's whiteout", error)
        }
        try DirectoryEntry.makeFolder(probe, BytePath("folder"), mode: 0o700)
        var stream = try DirectoryStream(probe)
        while let entry = try stream.next() {
            if entry.type != nil { continue }
            throw unsuitable(root, "it does not say the types of files in its folders (d_type)", nil)
        }
    }

    private static func unsuitable(_ root: String, _ reason: String, _ error: SystemError?) -> BerthError {
        BerthError(
            .failedPrecondition,
            "the snapshotter overlay cannot work in \(root): \(reason)"
                + (error.map { " (\($0))" } ?? ""),
            hint: "use a data root on ext4, xfs, btrfs or tmpfs, or another snapshotter")
    }
}
