import ArgumentParser
import BerthAPI

/// A command of `berth`, one a file.
protocol BerthCommand: ParsableCommand {
    /// The exit status when the command itself fails.
    static var failureStatus: CInt { get }

    /// The exit status when its arguments cannot be meant.
    static var usageStatus: CInt { get }

    /// How its flags may be written.
    static var syntax: FlagSyntax { get }

    func execute(_ context: CommandContext) throws
}

extension BerthCommand {
    static var failureStatus: CInt { 1 }
    static var usageStatus: CInt { failureStatus == 1 ? 1 : UsageError.status }
    static var syntax: FlagSyntax { FlagSyntax() }
}

/// A failure with a status of its own.
struct CommandFailure: Error {
    /// A line for the user; nil when everything was said.
    var message: String?
    var status: CInt

    init(_ message: String? = nil, status: CInt = 1) {
        self.message = message
        self.status = status
    }
}

/// A command line without all the arguments that the command needs.
struct MissingArguments: Error {
    /// How many it needs.
    var count: Int
}

/// A command that runs another one: what stands after its flags is not for the parser to look at.
protocol PassingCommand: BerthCommand {
    /// An image or a container, and the command with its arguments.
    var operands: [String] { get set }
}
