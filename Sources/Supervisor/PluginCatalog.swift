import BerthAPI
import JSON
import LinuxSystem

/// A plugin's folder, as found on the search path.
public struct PluginPackage: Sendable {
    public var manifest: PluginManifest
    /// Absolute.
    public var folder: String
    public var executable: String { "\(folder)/\(manifest.executable)" }
}

/// Finds plugins: every folder with a `plugin.json` in one of the folders of the search path. The first of a name wins.
public struct PluginCatalog: Sendable {
    public private(set) var packages: [String: PluginPackage] = [:]
    /// Folders whose manifest is unusable, with the reason.
    public private(set) var rejected: [String: BerthError] = [:]

    /// Manifests are small; anything larger is not one.
    private static let maximumManifestSize = 64 << 10

    public init(searchPath: [String]) {
        for directory in searchPath {
            let names = ((try? listDirectory(directory)) ?? []).sorted()
            for name in names { add(folder: "\(directory)/\(name)") }
        }
    }

    private mutating func add(folder: String) {
        let path = "\(folder)/plugin.json"
        guard fileExists(path) else { return }
        do {
            let manifest = try Self.manifest(at: path)
            if packages[manifest.name] == nil {
                packages[manifest.name] = PluginPackage(manifest: manifest, folder: folder)
            }
        } catch let error as BerthError {
            rejected[folder] = error
        } catch {
            rejected[folder] = BerthError(.invalidArgument, "plugin manifest \(path): \(error)")
        }
    }

    /// Reads and checks one manifest.
    ///
    /// - Throws: `BerthError` of kind `invalidArgument` that names the field.
    public static func manifest(at path: String) throws -> PluginManifest {
        let bytes = try readFile(path, limit: maximumManifestSize)
        let manifest = try JSON(parsing: bytes).decode(PluginManifest.self)
        guard isName(manifest.name) else {
            throw BerthError(.invalidArgument, "plugin manifest \(path): name: [a-z][a-z0-9-]* expected")
        }
        let parts = manifest.executable.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.isEmpty, !parts.contains(".."), !parts.contains("") else {
            throw BerthError(.invalidArgument, "plugin manifest \(path): executable: a path below the folder expected")
        }
        guard manifest.protocolRange.agreed(with: .current) != nil else {
            let (low, high) = (manifest.protocolRange.minimum, manifest.protocolRange.maximum)
            throw BerthError(.failedPrecondition, "plugin \(manifest.name) speaks protocol \(low) to \(high), not 1")
        }
        return manifest
    }

    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (97...122).contains(first), name.utf8.count <= 64 else { return false }
        return name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}
