import LinuxSystem

/// Where a command reads and writes; a test gives it others.
public struct StandardDescriptors: Hashable, Sendable {
    public var input = StandardStream.input
    public var output = StandardStream.output
    public var error = StandardStream.error

    public init() {}

    public init(input: CInt, output: CInt, error: CInt) {
        self.input = input
        self.output = output
        self.error = error
    }

    /// The size of the terminal that the user looks at; nil when there is none.
    var terminalSize: TerminalSize? { Terminal.size(output) ?? Terminal.size(input) }
}
