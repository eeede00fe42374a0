import BerthCLI
import LinuxSystem

let status = BerthCommandLine(CommandContext()).run(Array(CommandLine.arguments.dropFirst()))
endProcess(status)
