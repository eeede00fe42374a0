import ArgumentParser
import BerthAPI

struct ContainerPauseCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Pause all processes within one or more containers",
        usage: "berth pause CONTAINER [CONTAINER...]")

    @Argument(help: .containers) var names: [String]

    func verb() -> Verb<ContainerPause> { Verb { ContainerPause(id: $0) } }
}

struct ContainerUnpauseCommand: VerbCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause", abstract: "Unpause all processes within one or more containers",
        usage: "berth unpause CONTAINER [CONTAINER...]")

    @Argument(help: .containers) var names: [String]

    func verb() -> Verb<ContainerUnpause> { Verb { ContainerUnpause(id: $0) } }
}
