import BerthAPI
import Confinement
import JSON
import LinuxSystem

/// A plugin on disk: a folder with `plugin.json`, or an executable alone.
public struct TestedPlugin: Sendable {
    private static let manifestLimit = 64 << 10

    /// Absolute.
    public var executable: String
    public var manifest: PluginManifest?
    /// Where the manifest is.
    private var folder: String?

    public var name: String {
        manifest?.name ?? executable.split(separator: "/").last.map(String.init) ?? "plugin"
    }

    public init(executable: String, manifest: PluginManifest? = nil) {
        self.executable = executable
        self.manifest = manifest
    }

    /// - Throws: `BerthError` for a path that names neither.
    public init(path: String) throws {
        let path = absolutePath(path, in: currentDirectory())
        if fileExists("\(path)/plugin.json") {
            try self.init(manifest: "\(path)/plugin.json")
        } else {
            self.init(executable: path)
        }
        do {
            try FileAccess.requireExecutable(executable)
        } catch {
            throw BerthError(
                .invalidArgument,
                "\(executable) is neither an executable nor a folder with plugin.json: \(error.errno)",
                object: "executable \(executable)")
        }
    }

    /// What the supervisor would hold it in with; nil without a manifest, which says what it may.
    func confined(_ configuration: JSON, _ state: String, _ run: String) -> ConfinedPlugin? {
        manifest.map { manifest in
            let folders = Set([parentDirectory(executable), folder].compactMap { $0 }).sorted()
            return ConfinedPlugin(
                name: name, privileges: manifest.privileges, configuration: configuration, package: folders,
                state: state, run: run)
        }
    }

    /// A plugin whose manifest is at a path, its executable beside it.
    public init(manifest path: String) throws {
        let manifest = try Self.manifest(path)
        self.init(executable: "\(parentDirectory(path))/\(manifest.executable)", manifest: manifest)
        folder = parentDirectory(path)
    }

    private static func manifest(_ path: String) throws -> PluginManifest {
        do {
            let manifest = try JSON(parsing: try readFile(path, limit: manifestLimit)).decode(PluginManifest.self)
            let parts = manifest.executable.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains(".."), !parts.contains("") else {
                throw BerthError(.invalidArgument, "executable: a path below the folder expected")
            }
            if let flaw = manifest.privileges.flaw { throw BerthError(.invalidArgument, "privileges: \(flaw)") }
            return manifest
        } catch {
            throw BerthError(.invalidArgument, "plugin manifest \(path): \(error)", object: "manifest \(path)")
        }
    }
}
