import BerthAPI
import Confinement
import JSON
import LinuxSystem

/// A plugin's folder with its manifest, as it was when it was read.
public struct PluginPackage: Sendable {
    public var manifest: PluginManifest
    /// Absolute.
    public var folder: String
    /// Digest of the package's files (`PackageArchive`), for one that was installed.
    public var digest: String?
    /// The executable and the manifest as they were read: what is put in their place later is something else.
    private let identity: [FileIdentity]

    public var executable: String { "\(folder)/\(manifest.executable)" }

    /// Where the executable lies when the folder's is a link to one elsewhere, as in a stage for running from the tree.
    var linkedExecutable: String? {
        guard let real = resolvedPath(folder), let target = resolvedPath(executable) else { return nil }
        return target.hasPrefix(real + "/") ? nil : target
    }

    /// Manifests are small; anything larger is not one.
    private static let maximumManifestSize = 64 << 10

    /// Reads and checks the manifest in a folder.
    ///
    /// - Throws: `BerthError` that names the field.
    public init(folder: String, digest: String? = nil) throws {
        self.folder = folder
        self.digest = digest
        let path = "\(folder)/plugin.json"
        manifest = try Self.manifest(at: path)
        identity = try Self.identity(folder, manifest)
    }

    /// Reads and checks one manifest.
    ///
    /// - Throws: `BerthError` of kind `invalidArgument` that names the field.
    public static func manifest(at path: String) throws -> PluginManifest {
        func refuse(_ reason: String) -> BerthError {
            BerthError(.invalidArgument, "plugin manifest \(path): \(reason)")
        }
        let manifest: PluginManifest
        do {
            let bytes = try readFile(path, limit: maximumManifestSize)
            manifest = try JSON(parsing: bytes).decode(PluginManifest.self)
        } catch {
            throw refuse("\(error)")
        }
        guard PluginName.isValid(manifest.name) else { throw refuse("name: [a-z][a-z0-9-]* expected") }
        let parts = manifest.executable.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !["", ".", ".."].contains($0) }) else {
            throw refuse("executable: a path below the folder expected")
        }
        guard !manifest.kinds.isEmpty else { throw refuse("kinds: at least one expected") }
        let state = manifest.stateFormat
        guard 0 < state.reads, state.reads <= state.version else {
            throw refuse("state: reads is a number from 1 to version, not \(state.reads) of \(state.version)")
        }
        if let flaw = manifest.privileges.flaw { throw refuse("privileges: \(flaw)") }
        if let schema = manifest.configuration {
            do { try ConfigurationSchema.check(schema) } catch { throw refuse("configuration: \(error)") }
        }
        guard manifest.protocolRange.agreed(with: .current) != nil else {
            let (low, high) = (manifest.protocolRange.minimum, manifest.protocolRange.maximum)
            throw BerthError(.failedPrecondition, "plugin \(manifest.name) speaks protocol \(low) to \(high), not 1")
        }
        return manifest
    }

    // MARK: Replaced on disk

    /// - Throws: `failedPrecondition` when the files are not those that were read: a new version is taken by an upgrade,
    ///   with its privileges looked at, not by a crash.
    func checkUnchanged() throws {
        let now = try? Self.identity(folder, manifest)
        guard now == identity else {
            throw BerthError(
                .failedPrecondition, "its files in \(folder) were replaced on disk",
                hint: "take the new ones with: berth plugin upgrade")
        }
    }

    private struct FileIdentity: Hashable {
        var device: UInt64
        var inode: UInt64
        var size: Int64
        var modified: FileTime
    }

    private static func identity(_ folder: String, _ manifest: PluginManifest) throws -> [FileIdentity] {
        try ["plugin.json", manifest.executable].map { name in
            let file = try openForReading("\(folder)/\(name)").shared()
            let status = try OpenFile.status(file.raw)
            return FileIdentity(
                device: status.device, inode: status.inode, size: status.size, modified: status.modified)
        }
    }
}

/// Logical names of plugins.
enum PluginName {
    /// `[a-z][a-z0-9-]*`, at most 64 bytes.
    static func isValid(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }

    static func check(_ name: String) throws {
        guard isValid(name) else {
            throw BerthError(.invalidArgument, "invalid plugin name \"\(name)\": [a-z][a-z0-9-]* expected")
        }
    }
}
