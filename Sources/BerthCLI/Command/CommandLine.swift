import ArgumentParser
import BerthAPI
import LinuxSystem

/// The program: finds the command, parses its arguments, runs it, and makes an exit status of what happens.
public struct BerthCommandLine {
    private let context: CommandContext

    public init(_ context: CommandContext) { self.context = context }

    /// - Parameter arguments: without the program's name.
    /// - Returns: the exit status.
    public func run(_ arguments: [String]) -> CInt {
        var rest = arguments[...]
        do {
            if let status = try takeGlobalOptions(&rest) { return status }
        } catch {
            context.complain("\(error)\nSee 'berth --help'.")
            return UsageError.status
        }
        let resolved = CommandPath.resolve(&rest)
        if let unknown = resolved.unknown {
            context.complain("berth: '\(unknown)' is not a berth command.\nSee 'berth --help'.")
            return 1
        }
        return run(resolved, Array(rest))
    }

    /// Options before the command.
    ///
    /// - Returns: the exit status when there is nothing more to do.
    private func takeGlobalOptions(_ rest: inout ArraySlice<String>) throws -> CInt? {
        while let option = rest.first, option.hasPrefix("-") {
            switch option {
            case "-v", "--version":
                context.print("Berth version \(CommandContext.version)")
                return 0
            case "-H", "--host":
                rest.removeFirst()
                guard let value = rest.popFirst() else { throw InvalidInput("flag needs an argument: \(option)") }
                context.host = value
            case _ where option.hasPrefix("--host="):
                context.host = String(option.dropFirst("--host=".count))
                rest.removeFirst()
            case _ where option.hasPrefix("-H"):
                context.host = String(option.dropFirst(2))
                rest.removeFirst()
            default: return nil
            }
        }
        return nil
    }

    private func run(_ path: CommandPath, _ arguments: [String]) -> CInt {
        do {
            let (flags, operands) = path.syntax.normalized(arguments)
            var parsed = try path.command.parseAsRoot(flags)
            if var passing = parsed as? any PassingCommand {
                passing.operands = operands
                return execute(passing, path)
            }
            if let command = parsed as? any BerthCommand { return execute(command, path) }
            // A group of commands alone, or a request of the parser's own (completion scripts).
            try parsed.run()
            return 0
        } catch {
            return report(error, path)
        }
    }

    private func execute(_ command: any BerthCommand, _ path: CommandPath) -> CInt {
        do {
            try command.execute(context)
            guard let failure = context.outputFailure else { return 0 }
            throw CommandFailure("write: \(failure.errno)")
        } catch {
            return failure(error, of: type(of: command), path)
        }
    }

    private func failure(_ error: any Error, of command: any BerthCommand.Type, _ path: CommandPath) -> CInt {
        let status = command.failureStatus
        let prefix = status == 1 ? "" : "berth: "
        switch error {
        case let failure as CommandFailure:
            if let message = failure.message { context.complain(prefix + message) }
            return failure.status
        case let missing as MissingArguments:
            let needed = "\(missing.count) argument\(missing.count == 1 ? "" : "s")"
            context.complain("'\(path.name)' requires at least \(needed).\nSee '\(path.name) --help'.")
            return status
        case let error as BerthError:
            context.complain(prefix + FailureReport.text(error))
            return FailureReport.executableStatus(error) ?? status
        case let error as InvalidInput:
            let prefix = command.usageStatus == 1 ? "" : "berth: "
            context.complain("\(prefix)\(error)\nSee '\(path.name) --help'.")
            return command.usageStatus
        default:
            context.complain("\(prefix)\(error)")
            return status
        }
    }

    private func report(_ error: any Error, _ path: CommandPath) -> CInt {
        let type = path.command
        if type.exitCode(for: error) == .success {
            context.write(type.fullMessage(for: error) + "\n")
            return 0
        }
        let usage = UsageError(type.message(for: error), path)
        context.complain(usage.text)
        return usage.status
    }
}
