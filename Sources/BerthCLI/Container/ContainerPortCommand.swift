import ArgumentParser
import BerthAPI
import BerthClient

struct ContainerPortCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "port", abstract: "List port mappings or a specific mapping for the container",
        usage: "berth port CONTAINER [PRIVATE_PORT[/PROTO]]")

    @Argument(help: "Name or ID")
    var container: String
    @Argument(help: ArgumentHelp("A port of the container", valueName: "port[/proto]"))
    var port: String?

    func execute(_ context: CommandContext) throws {
        let wanted = try parseOne(port, of: "PRIVATE_PORT", PortSpec.parseExposed)?.first
        let detail = try context.client().call(ContainerInspect(id: container))
        let bindings = detail.networks.flatMap(\.ports).sorted {
            ($0.containerPort, $0.proto) < ($1.containerPort, $1.proto)
        }
        var found = false
        for binding in bindings {
            let inside = "\(binding.containerPort)/\(binding.proto)"
            let address = binding.hostAddress.contains(":") ? "[\(binding.hostAddress)]" : binding.hostAddress
            let outside = "\(address.isEmpty ? "0.0.0.0" : address):\(binding.hostPort)"
            if wanted == nil {
                context.print("\(inside) -> \(outside)")
            } else if wanted == inside {
                context.print(outside)
                found = true
            }
        }
        if let wanted, !found {
            throw CommandFailure("Error: No public port '\(wanted)' published for \(container)")
        }
    }
}
