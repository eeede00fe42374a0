import BerthAPI
import LinuxSystem
import OCISpec

/// Installed packages, by the digest of their files. A package comes in by one rename and is never changed.
struct PackageStore: Sendable {
    let folder: String

    init(folder: String) throws {
        self.folder = folder
        try makeDirectory("\(folder)/packages")
        // What an installation that was cut off has left.
        try removeDirectory("\(folder)/new")
        try makeDirectory("\(folder)/new")
    }

    func path(of digest: String) -> String { "\(folder)/packages/\(digest.drop { $0 != ":" }.dropFirst())" }

    func package(_ digest: String) throws -> PluginPackage {
        try PluginPackage(folder: path(of: digest), digest: digest)
    }

    /// Takes a copy of the package in a folder.
    ///
    /// - Parameter pinned: the digest that it must have.
    func add(from source: String, pinned: String? = nil) throws -> PluginPackage {
        _ = try PluginPackage(folder: source)
        let copy = "\(folder)/new/\(UInt64.random(in: 0...UInt64.max))"
        try makeDirectory(copy)
        defer { try? removeDirectory(copy) }
        let (target, origin) = (try Folder.open(copy), try Folder.open(source))
        try FolderCopy.fillIfEmpty(target.raw, from: origin.raw)
        withExtendedLifetime((target, origin)) {}
        // Of the copy, not of the source: what was hashed is what will run.
        let digest = try PackageArchive.digest(of: copy).description
        guard pinned == nil || pinned == digest else {
            throw BerthError(.corrupted, "the plugin has digest \(digest), not \(pinned ?? "")", object: "plugin")
        }
        if !fileExists(path(of: digest)) {
            try Folder.open("\(folder)/new").rename(
                String(copy.dropFirst(folder.utf8.count + 5)), to: String(digest.dropFirst(7)),
                in: try Folder.open("\(folder)/packages"))
            try syncDirectory("\(folder)/packages")
        }
        return try package(digest)
    }

    /// Removes packages that no record refers to and no instance runs.
    func removeUnused(keeping records: some Sequence<InstanceRecord>, _ running: [String]) throws {
        let recorded = records.flatMap { [$0.package.digest, $0.previous?.digest] }.compactMap { $0 }
        let used = Set((recorded + running).map { $0.dropFirst(7) })
        for name in try listDirectory("\(folder)/packages") where !used.contains(Substring(name)) {
            try removeDirectory("\(folder)/packages/\(name)")
        }
    }
}
