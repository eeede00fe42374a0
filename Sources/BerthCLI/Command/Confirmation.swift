import LinuxSystem

extension CommandContext {
    /// Asks before what cannot be undone. Only a `y` is a yes; the end of the input is a no.
    func confirms(_ question: String) throws -> Bool {
        write("\(question) [y/N] ")
        let answer = try StandardStream.readLine(from: streams.input) ?? ""
        return ["y", "yes"].contains(answer.trimmed().lowercased())
    }
}
