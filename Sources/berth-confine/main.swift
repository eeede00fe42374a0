import LinuxSystem

// berth-confine [OPTION...] -- PROGRAM ARGUMENT0 [ARGUMENT...]: becomes a program that is held in (Docs/confinement.md).
//
// It is started in namespaces of its own for mounts and processes, with one thread. Descriptors 0 to 3 are the
// program's. With --filter, 4 is a SOCK_SEQPACKET socket to which the filter's listener is sent, 5 the compiled filter.

/// Told from the program's own: the supervisor quotes the last line of what was written.
let failureStatus: CInt = 125

do {
    let options = try ConfinementOptions(Array(CommandLine.arguments.dropFirst()))
    try Confinement(options).enter()
} catch {
    try? StandardStream.write(Array("berth-confine: \(error)\n".utf8), to: StandardStream.error)
    endProcess(failureStatus)
}
