import ArgumentParser
import BerthAPI

/// Everything that `run` and `create` take: the flags, the image, and what is the container's own.
struct ContainerOptions: ParsableArguments {
    @OptionGroup(title: "Container") var identity: IdentityOptions
    @OptionGroup(title: "Process") var process: ProcessOptions
    @OptionGroup(title: "Network") var network: NetworkOptions
    @OptionGroup(title: "Storage") var storage: StorageOptions
    @OptionGroup(title: "Limits, security and log") var limits: LimitOptions
    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("The image, and the command and its arguments instead of the image's", valueName: "image"))
    var operands: [String] = []

    /// - Throws: `InvalidInput` for the first value that cannot be meant.
    func config(_ context: CommandContext) throws -> ContainerConfig {
        let (image, command) = try Operands.split(operands)
        guard let image else { throw MissingArguments(count: 1) }
        guard !image.isEmpty else { throw InvalidInput("invalid reference format") }
        var config = ContainerConfig(image: image)
        config.command = command.nonEmpty
        try identity.apply(to: &config)
        try process.apply(to: &config, context)
        try network.apply(to: &config)
        try storage.apply(to: &config)
        try limits.apply(to: &config)
        return config
    }
}

/// What stands after the flags of `run`, `create` and `exec`: a name, and what is not for us to look at.
enum Operands {
    /// - Throws: `InvalidInput` for a flag that is not known, which ends the flags for the parser. `--` before the name
    ///   ends them for everybody.
    static func split(_ operands: [String]) throws -> (name: String?, rest: [String]) {
        var operands = operands[...]
        if operands.first == "--" {
            operands.removeFirst()
        } else if operands.first == "--help" {
            throw HelpRequest()
        } else if let first = operands.first, first.hasPrefix("-"), first != "-" {
            throw InvalidInput(UsageError.unknownFlag(first))
        }
        return (operands.first, Array(operands.dropFirst()))
    }
}
