import BerthAPI
import LinuxSystem

/// What a plugin's answers may say: sizes that can be, and mounts of what is its own. A mount is made by the core, with
/// its privileges: a plugin that could name any would show containers all of the host.
public struct AnswerBounds: Sendable {
    /// Options of overlay that hold paths, several with `:` between them.
    private static let overlayPaths: Set = ["lowerdir", "lowerdir+", "datadir+", "upperdir", "workdir"]

    private let plugin: String
    /// Absolute paths of folders.
    private let folders: [String]
    /// Devices below /dev, as the manifest names them.
    private let devices: [String]

    public init(_ plugin: ConfinedPlugin) {
        self.plugin = plugin.name
        folders = plugin.writable + (plugin.privileges.mounts ?? [])
        devices = plugin.privileges.devices
    }

    /// - Throws: `permissionDenied` for a mount that it may not give, `internal` for a size that cannot be.
    public func check(_ answer: any CheckedResult, to method: String) throws {
        for (name, value) in answer.sizes where value < 0 {
            throw BerthError(
                .internal, "the answer of plugin \(plugin) to \(method) has \(name) \(value)", plugin: plugin)
        }
        guard !folders.contains("/") else { return }
        for mount in answer.givenMounts { try check(mount) }
    }

    private func check(_ mount: Mount) throws {
        let isBind = mount.type == "bind" || mount.options.contains { $0 == "bind" || $0 == "rbind" }
        switch mount.type {
        case _ where isBind: try checkFolder(mount.source)
        case "tmpfs": return
        case "overlay":
            for option in mount.options {
                let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2, Self.overlayPaths.contains(parts[0]) else { continue }
                for path in parts[1].split(separator: ":") { try checkFolder(String(path)) }
            }
        default:
            guard devices.contains(where: { isDevice(mount.source, of: $0) }) else {
                throw refusal("\(mount.type) of \(mount.source)")
            }
        }
    }

    private func isDevice(_ path: String, of entry: String) -> Bool {
        guard let prefix = entry.hasSuffix("*") ? String(entry.dropLast()) : nil else { return path == entry }
        return path.hasPrefix(prefix) && !path.dropFirst(prefix.count).contains("/")
    }

    private func checkFolder(_ path: String) throws {
        guard let folder = folders.first(where: { path == $0 || path.hasPrefix("\($0)/") }) else {
            throw refusal(path)
        }
        guard path != folder else { return }
        do throws(SystemError) {
            let root = try RootFolder.openPlace(folder)
            // A link, or `..`, that leads out of it: the plugin writes there.
            _ = try DirectoryEntry.openPlace(
                root.raw, BytePath(String(path.dropFirst(folder.utf8.count + 1))), .beneath, following: true)
        } catch  where error.errno == .noEntry {
            // The mount itself says so.
        } catch {
            throw refusal(path)
        }
    }

    private func refusal(_ what: String) -> BerthError {
        BerthError(
            .permissionDenied, "plugin \(plugin) gives a mount of \(what), which is not its own",
            object: "plugin \(plugin)", plugin: plugin,
            hint: "its manifest can name what it may show: privileges.mounts")
    }
}
