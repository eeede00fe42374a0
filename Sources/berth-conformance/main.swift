import LinuxSystem

StandardStream.fillGaps()
endProcess(InterruptibleProgram.run(Array(CommandLine.arguments.dropFirst())))
