/// Brings docker's ways to write flags into the parser's: `--rm=false`, `-eA=1`, `-itv/a:/b`. What stands behind an
/// image is not touched.
struct FlagSyntax {
    /// The short flags that take a value.
    var values = "f"
    /// The long flags that take none.
    var switches = [
        "all", "archive", "attach", "clear", "deep", "detach", "digests", "disable", "follow", "follow-link", "force",
        "grant-all", "grant-all-permissions", "help", "init", "interactive", "internal", "json", "latest",
        "no-healthcheck", "no-pause", "no-stdin", "no-stream", "no-trunc", "oom-kill-disable", "pause", "privileged",
        "publish-all", "quiet",
        "read-only", "repair", "rm", "size", "state", "timestamps", "tty",
        "unconfined", "verbose", "volumes",
    ]
    /// Switches that are on unless said otherwise, with their short form: `--pause=false` is `--no-pause`.
    var negated: [String: Character] = [:]
    /// Everything from the first operand on is not ours: the parser looks for its own words there.
    var passing = false

    /// The arguments as the parser takes them, and apart from them what it does not get to see.
    func normalized(_ arguments: [String]) -> (flags: [String], operands: [String]) {
        var rest = arguments[...]
        var result: [String] = []
        while let argument = rest.popFirst() {
            if argument == "--" { return passing ? (result, Array(rest)) : (result + [argument] + rest, []) }
            if passing, !Self.isFlag(argument) { return (result, [argument] + rest) }
            let takesNext: Bool
            if argument.hasPrefix("--") {
                takesNext = appendLong(argument, to: &result)
            } else if Self.isFlag(argument) {
                takesNext = appendShort(argument, to: &result)
            } else {
                result.append(argument)
                takesNext = false
            }
            if takesNext, let value = rest.popFirst() { result.append(value) }
        }
        return (result, [])
    }

    private static func boolean(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE", "t", "T", "1": true
        case "false", "False", "FALSE", "f", "F", "0": false
        default: nil
        }
    }

    private static func isFlag(_ argument: String) -> Bool { argument.hasPrefix("-") && argument != "-" }

    /// - Returns: whether the next argument is the flag's value.
    private func appendLong(_ argument: String, to result: inout [String]) -> Bool {
        let (name, value) = argument.dropFirst(2).splitOnce("=")
        guard switches.contains(name), let value, let isOn = Self.boolean(value) else {
            result.append(argument)
            return value == nil && !switches.contains(name)
        }
        if isOn { result.append("--" + name) } else if negated[name] != nil { result.append("--no-" + name) }
        return false
    }

    /// Takes several short flags in one argument apart; the last may take a value, in the same argument or the next.
    private func appendShort(_ argument: String, to result: inout [String]) -> Bool {
        var rest = argument.dropFirst()
        while let letter = rest.popFirst() {
            let flag = "-\(letter)"
            if values.contains(letter) {
                result.append(flag)
                guard !rest.isEmpty else { return true }
                result.append(String(rest.first == "=" ? rest.dropFirst() : rest))
                return false
            }
            guard rest.first == "=" else {
                result.append(flag)
                continue
            }
            // A value that is none is left for the parser to refuse.
            switch Self.boolean(String(rest.dropFirst())) {
            case true?: result.append(flag)
            case false?:
                if let name = negated.first(where: { $0.value == letter })?.key { result.append("--no-" + name) }
            case nil: result.append(flag + rest)
            }
            return false
        }
        return false
    }
}
