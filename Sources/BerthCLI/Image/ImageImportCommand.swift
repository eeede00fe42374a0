import ArgumentParser
import BerthAPI
import BerthClient
import JSONRPC
import LinuxSystem

struct ImageImportCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Import the contents from a tarball to create a filesystem image",
        usage: "berth import [OPTIONS] file|- [REPOSITORY[:TAG]]")
    static let syntax = FlagSyntax(values: "cm")

    @Option(
        name: [.customShort("c", allowingJoined: true), .customLong("change")], parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Apply Dockerfile instruction to the created image", valueName: "list"))
    var changes: [String] = []
    @Option(
        name: [.customShort("m", allowingJoined: true), .customLong("message")], parsing: .unconditional,
        help: "Set commit message for imported image")
    var message: String?
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Set platform if server is multi-platform capable", valueName: "os/arch[/variant]"))
    var platform: String?
    @Argument(help: ArgumentHelp("A tar archive, also with gzip, bzip2, xz or zstd", valueName: "file|-"))
    var source: String
    @Argument(help: ArgumentHelp("The new image's name", valueName: "repository[:tag]"))
    var reference: String?

    func execute(_ context: CommandContext) throws {
        var request = ImageImport(reference: reference?.isEmpty == true ? nil : reference)
        request.message = message
        request.platform = platform
        request.changes = changes.isEmpty ? nil : changes
        let archive = try open(context)
        let result = try context.client().reply(to: request, timeout: BerthClient.unbounded, descriptors: [archive])
        context.print(result.result.image)
    }

    private func open(_ context: CommandContext) throws -> SharedDescriptor {
        if source == "-" { return try SharedDescriptor(borrowing: context.streams.input) }
        // Nothing of Berth fetches from anywhere but a registry.
        for scheme in ["http://", "https://"] where source.hasPrefix(scheme) {
            throw CommandFailure("a URL is not fetched: curl -fL \(source) | berth import - …")
        }
        do {
            return try openForReading(source).shared()
        } catch {
            throw CommandFailure("open \(source): \(error.errno)".lowercasedErrno)
        }
    }
}
