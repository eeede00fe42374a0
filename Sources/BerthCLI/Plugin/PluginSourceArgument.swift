import BerthAPI
import BerthClient
import LinuxSystem

/// What a user names as a plugin's source: a folder or an archive by path, a package by name, or an image.
struct PluginSourceArgument {
    let text: String

    /// A path when it looks like one; else a package that the daemon has; else an image.
    func resolve(_ client: BerthClient) throws -> (source: PluginSource, found: PluginExamine.Result) {
        if let path = localPath {
            let source = PluginSource(kind: isFolder(path) ? .folder : .archive, location: path)
            return try examined(source, client)
        }
        do {
            return try examined(PluginSource(kind: .package, location: text), client)
        } catch let error as BerthError where error.kind == .notFound && error.object != "daemon" {
            return try examined(PluginSource(kind: .image, location: text), client)
        }
    }

    /// Pinned: what is installed is what was looked at.
    private func examined(
        _ source: PluginSource, _ client: BerthClient
    ) throws -> (source: PluginSource, found: PluginExamine.Result) {
        let found = try client.call(PluginExamine(source: source))
        var pinned = source
        if source.kind != .package { pinned.digest = found.digest }
        return (pinned, found)
    }

    private var localPath: String? {
        guard text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../") || text == "." || text == ".."
        else { return nil }
        return text.hasPrefix("/") ? text : "\(currentDirectory())/\(text)"
    }

    private func isFolder(_ path: String) -> Bool { fileExists("\(path)/.") }
}

/// Shows what a plugin asks for and has the user agree.
struct PluginConsent {
    let context: CommandContext
    /// Agreed to beforehand.
    let isGranted: Bool

    /// - Throws: when the user does not agree, or cannot be asked.
    func ask(_ manifest: PluginManifest, name: String) throws {
        guard !isGranted, !manifest.privileges.isEmpty else { return }
        context.print("Plugin \"\(name)\" is requesting the following privileges:")
        for line in manifest.privileges.lines { context.print(" - \(line)") }
        guard Terminal.isTerminal(context.streams.input) else {
            throw InvalidInput("the privileges of plugin \"\(name)\" are not granted: use --grant-all")
        }
        guard try context.confirms("Do you grant the above permissions?") else {
            throw InvalidInput("permission denied while installing plugin \(name)")
        }
    }
}

extension PluginManifest.Privileges {
    var isEmpty: Bool { lines.isEmpty }

    /// As docker lists them.
    var lines: [String] {
        [
            ("network", network == "host" ? ["host"] : []), ("device", devices), ("mount", paths),
            ("mount in containers", mounts ?? []), ("capabilities", capabilities), ("system calls", systemCalls ?? []),
            ("memory", limits?.memory.map { ["\($0)"] } ?? []),
            ("processes", limits?.processes.map { ["\($0)"] } ?? []),
        ].filter { !$0.1.isEmpty }.map { "\($0.0): [\($0.1.joined(separator: " "))]" }
    }
}
