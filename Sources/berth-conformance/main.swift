import LinuxSystem

StandardStream.fillGaps()
ignoreBrokenPipes()
endProcess(ConformanceProgram.run(Array(CommandLine.arguments.dropFirst())))
