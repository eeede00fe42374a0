import ContainerRuntime
import LinuxSystem

/// The steps in the order in which each still has what it needs: mounts need capabilities, the listener of the filter
/// has to be sent before the program runs.
struct Confinement {
    private static let channel: CInt = 4
    private static let filter: CInt = 5

    let options: ConfinementOptions

    init(_ options: ConfinementOptions) { self.options = options }

    /// Returns only by throwing.
    func enter() throws {
        // Modes of nodes and folders are meant as they are given.
        CurrentProcess.setFileModeMask(0)
        let root = try PrivateRoot()
        try root.fill(options)
        try root.become()
        CurrentProcess.setFileModeMask(0o022)
        // Files cost memory, which is limited: no capability is needed for having many.
        try ResourceLimits.allow("RLIMIT_NOFILE", upTo: 1 << 20)
        try dropCapabilities()
        try Credentials.forbidNewPrivileges()
        try CurrentProcess.closeOnExec(from: Self.channel)
        if options.isFiltered { try loadFilter() }
        try CurrentProcess.execute(
            options.program, arguments: options.arguments, environment: CurrentProcess.environment)
    }

    private func dropCapabilities() throws {
        let sets = CapabilitySets(names: options.capabilities)
        guard sets.unknown.isEmpty else {
            throw SystemError(.invalid, "capability", sets.unknown.joined(separator: ", "))
        }
        for name in try sets.limitBounding() {
            let warning = "\(name) cannot be given: the supervisor has not got it itself\n"
            try StandardStream.write(Array(warning.utf8), to: StandardStream.error)
        }
        try sets.apply()
    }

    private func loadFilter() throws {
        let channel = ControlChannel(Descriptor(owning: Self.channel))
        let listener = try SeccompListener.load(try RegularFile.readAll(Self.filter, limit: 1 << 20))
        try channel.send([0], descriptor: listener.raw)
    }
}
