import ArgumentParser
import BerthAPI

/// Everything that `run` and `create` take: the flags, the image, and what is the container's own.
struct ContainerOptions: ParsableArguments {
    @OptionGroup(title: "Container") var identity: IdentityOptions
    @OptionGroup(title: "Process") var process: ProcessOptions
    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Storage") var storage: StorageOptions
    @OptionGroup(title: "Namespaces") var namespaces: NamespaceOptions
    @OptionGroup(title: "Limits") var resources: ResourceOptions
    @OptionGroup(title: "Security") var confinement: ConfinementOptions
    @OptionGroup(title: "Log") var log: LogOptions
    @OptionGroup(title: "Restarts and health") var policy: PolicyOptions
    @Argument(
        help: ArgumentHelp("The image, and the command and its arguments instead of the image's", valueName: "image"))
    var operands: [String] = []

    /// - Throws: `InvalidInput` for the first value that cannot be meant.
    func config(_ context: CommandContext) throws -> ContainerConfig {
        guard let image = operands.first else { throw MissingArguments(count: 1) }
        guard !image.isEmpty else { throw InvalidInput("invalid reference format") }
        var config = ContainerConfig(image: image)
        config.command = Array(operands.dropFirst()).nonEmpty
        try identity.apply(to: &config)
        try process.apply(to: &config, context)
        try network.apply(to: &config)
        try storage.apply(to: &config)
        try namespaces.apply(to: &config)
        try resources.apply(to: &config, context)
        try confinement.apply(to: &config)
        try log.apply(to: &config)
        try policy.apply(to: &config)
        return config
    }
}
