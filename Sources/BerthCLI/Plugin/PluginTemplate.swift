import BerthAPI
import JSON
import LinuxSystem

/// A plugin that is installed to be copied: `share/berth/templates/<language>-<kind>`. The name that its `plugin.json`
/// has is replaced, in files and in their names.
struct PluginTemplate {
    private static let languages = ["c": "C", "python": "Python", "shell": "shell", "swift": "Swift"]
    static let kinds = ["log", "network", "registry", "snapshotter", "volume"]
    /// The SDK, copied as it is.
    private static let library = "berth_plugin"
    private static let fileLimit = 4 << 20

    let folder: String
    let language: String
    /// What is to be replaced.
    let name: String

    var languageName: String { Self.languages[language] ?? language }

    /// - Throws: `invalidArgument` for what there is none of, with what there is.
    static func find(kind: String, language: String) throws -> PluginTemplate {
        guard kind != "differ" else {
            throw BerthError(
                .invalidArgument, "a differ is written with the snapshotter that it unpacks layers into",
                hint: "use --kind snapshotter")
        }
        guard kinds.contains(kind) else {
            throw BerthError(.invalidArgument, "there is no kind \(kind) to write", hint: listed(kinds))
        }
        guard languages[language] != nil else {
            throw BerthError(
                .invalidArgument, "there is no SDK for \(language)", hint: listed(languages.keys.sorted()))
        }
        let folder = "\(try directory())/\(language)-\(kind)"
        let manifest = try JSON(parsing: try readFile("\(folder)/plugin.json", limit: fileLimit))
        return PluginTemplate(folder: folder, language: language, name: manifest["name"]?.string ?? "")
    }

    private static func listed(_ names: [String]) -> String { "one of \(names.joined(separator: ", "))" }

    /// `../share/berth/templates` of this executable's folder.
    private static func directory() throws -> String {
        let path = "\(parentDirectory(parentDirectory(executablePath())))/share/berth/templates"
        guard fileExists(path) else {
            throw BerthError(
                .failedPrecondition, "the templates of plugins are not installed: \(path) is missing",
                hint: "install Berth with make install")
        }
        return path
    }

    // MARK: Writing

    /// Writes the plugin as a new folder.
    func write(to target: String, name: String) throws {
        guard !self.name.isEmpty else {
            throw BerthError(.corrupted, "the template \(folder) has no name in its plugin.json")
        }
        try makeDirectory(parentDirectory(target), mode: 0o755)
        try copy(folder, to: target, renaming: name)
    }

    private func copy(_ source: String, to target: String, renaming name: String?) throws {
        try makeDirectory(target, mode: 0o755)
        for entry in try listDirectory(source).sorted() where entry != "__pycache__" {
            let isLibrary = entry == Self.library
            let inside = isLibrary ? nil : name
            let renamed = inside.map { entry.replacing(self.name, with: $0) } ?? entry
            let (from, to) = ("\(source)/\(entry)", "\(target)/\(renamed)")
            if try isFolder(from) {
                try copy(from, to: to, renaming: inside)
            } else {
                try copyFile(from, to: to, renaming: inside)
            }
        }
    }

    /// Follows links: a template of the tree shares the SDK's files.
    private func isFolder(_ path: String) throws -> Bool {
        (try? listDirectory(path)) != nil
    }

    private func copyFile(_ source: String, to target: String, renaming name: String?) throws {
        let file = try openForReading(source)
        let mode = try OpenFile.status(file.raw).mode & 0o777
        var bytes = try readFile(source, limit: Self.fileLimit)
        if let name, let text = String(validating: bytes, as: UTF8.self) {
            bytes = Array(text.replacing(self.name, with: name).utf8)
        }
        try rewriteFile(target, bytes, mode: mode | 0o200)
    }

    // MARK: What to do next

    /// Commands for the user.
    func steps(_ folder: String, name: String) -> [String] {
        let builds: [String] =
            switch language {
            case "c", "shell": ["make -C \(folder)"]
            case "swift":
                [
                    "swift build --package-path \(folder) -c release",
                    "cp \(folder)/.build/release/\(name) \(folder)/",
                ]
            default: []
            }
        return builds + ["berth plugin test \(folder)", "berth plugin install \(folder)"]
    }
}
