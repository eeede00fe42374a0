import ArgumentParser
import BerthAPI
import BerthClient
import JSON
import LinuxSystem

struct DoctorCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Find what is wrong with Berth's objects, and mend it",
        usage: "berth doctor [OPTIONS]")

    @OptionGroup var options: CheckOptions

    func execute(_ context: CommandContext) throws { try options.check(context) }
}

/// `berth system check`, by docker's grammar of nouns.
struct SystemCheckCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Find what is wrong with Berth's objects, and mend it",
        usage: "berth system check [OPTIONS]")

    @OptionGroup var options: CheckOptions

    func execute(_ context: CommandContext) throws { try options.check(context) }
}

struct CheckOptions: ParsableArguments {
    @Flag(help: "Mend what can be mended")
    var repair = false
    @Flag(help: "Read every blob and compare its digest")
    var deep = false
    @Flag(name: .shortAndLong, help: "Also show what is in order")
    var verbose = false
    @Option(
        name: [.customShort("f", allowingJoined: true), .customLong("format")], parsing: .unconditional,
        help: ArgumentHelp("Format output: 'json' or a Go template", valueName: "format"))
    var format: String?

    /// Status 1 when something that is wrong is left.
    func check(_ context: CommandContext) throws {
        let result = try context.client().call(SystemCheck(repair: repair ? true : nil, deep: deep ? true : nil))
        if let format {
            let document = try JSON(encoding: result)
            context.print(format == "json" ? document.description : try Template(format).render(document))
        } else {
            let isColoured = Terminal.isTerminal(context.streams.output) && context.environment("NO_COLOR") == nil
            context.write(CheckReport(result: result, isVerbose: verbose, isColoured: isColoured).text)
        }
        if result.findings.contains(where: \.isLeft) { throw CommandFailure() }
    }
}
