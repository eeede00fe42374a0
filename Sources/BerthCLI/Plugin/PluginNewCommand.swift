import ArgumentParser
import BerthAPI
import LinuxSystem

/// Writes a plugin that works already, to go on from. Needs no daemon.
struct PluginNewCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Write a plugin to go on from",
        usage: "berth plugin new --kind KIND --lang LANGUAGE [OPTIONS] NAME")
    static let syntax = FlagSyntax(values: "o")

    @Option(help: "Kind of the plugin: log, network, registry, snapshotter, volume")
    var kind: String
    @Option(help: "Language to write it in: c, python, shell, swift")
    var lang: String
    @Option(
        name: [.customShort("o", allowingJoined: true), .long], parsing: .unconditional,
        help: ArgumentHelp("Folder in which its folder is made (default \".\")", valueName: "dir"))
    var output = "."
    @Argument(help: ArgumentHelp("Name of the plugin", valueName: "NAME"))
    var name: String

    func execute(_ context: CommandContext) throws {
        try PluginName.check(name)
        let template = try PluginTemplate.find(kind: kind, language: lang)
        let folder = "\(absolutePath(output, in: currentDirectory()))/\(name)"
        guard !fileExists(folder) else {
            throw BerthError(
                .conflict, "\(folder) exists already", object: "folder \(folder)",
                hint: "choose another name or --output")
        }
        do {
            try template.write(to: folder, name: name)
        } catch {
            // Half a plugin is none.
            try? removeDirectory(folder)
            throw error
        }
        context.print("A \(kind) plugin in \(template.languageName) is in \(folder). It works as it is:")
        context.print("")
        for step in template.steps(folder, name: name) { context.print("  \(step)") }
    }
}

/// `[a-z][a-z0-9-]*`, as in a manifest.
enum PluginName {
    static func check(_ name: String) throws {
        let letters = name.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2d
        }
        guard letters, let first = name.utf8.first, (0x61...0x7a).contains(first), name.utf8.count <= 64 else {
            throw BerthError(
                .invalidArgument, "'\(name)' is no name for a plugin",
                hint: "a small letter, then small letters, digits and '-', 64 at most")
        }
    }
}
