import BerthCLI
import LinuxSystem

StandardStream.fillGaps()
let status = BerthCommandLine(CommandContext()).run(Array(CommandLine.arguments.dropFirst()))
endProcess(status)
