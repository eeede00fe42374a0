import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import JSONRPC
import LinuxSystem

struct VersionCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the Berth version information", usage: "berth version [OPTIONS]")

    @OptionGroup var options: FormatOption

    func execute(_ context: CommandContext) throws {
        let (server, failure) = daemonVersion(context)
        if let format = options.format {
            let document: JSON = ["Client": Self.client, "Server": server.map(Self.document) ?? .null]
            context.print(format == "json" ? document.description : try Template(format).render(document))
        } else {
            context.write(Self.text(server))
        }
        if let failure { throw failure }
    }

    /// What the daemon says, or why it says nothing.
    private func daemonVersion(_ context: CommandContext) -> (SystemVersion.Result?, BerthError?) {
        do {
            return (try context.client().call(SystemVersion()), nil)
        } catch {
            return (nil, error as? BerthError ?? BerthError(.internal, "\(error)"))
        }
    }

    private static var client: JSON {
        [
            "Version": JSON(CommandContext.version), "ProtocolVersion": JSON(ProtocolRange.current.maximum),
            "Os": "linux", "Arch": JSON(Host.architecture),
        ]
    }

    private static func document(_ server: SystemVersion.Result) -> JSON {
        [
            "Version": JSON(server.version), "ProtocolVersion": JSON(server.protocolRange.maximum),
            "MinProtocolVersion": JSON(server.protocolRange.minimum), "GitCommit": JSON(server.commit),
            "Os": JSON(server.os), "Arch": JSON(server.architecture), "KernelVersion": JSON(server.kernel),
        ]
    }

    private static func text(_ server: SystemVersion.Result?) -> String {
        var text = """
            Client:
             Version:           \(CommandContext.version)
             Protocol version:  \(ProtocolRange.current.maximum)
             OS/Arch:           linux/\(Host.architecture)

            """
        guard let server else { return text }
        let range = server.protocolRange
        text += """

            Server:
             Version:           \(server.version)
             Protocol version:  \(range.maximum) (minimum version \(range.minimum))
             Git commit:        \(server.commit)
             OS/Arch:           \(server.os)/\(server.architecture)
             Kernel version:    \(server.kernel)

            """
        return text
    }
}
