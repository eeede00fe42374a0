import BerthAPI

/// `--ulimit`: `name=soft[:hard]`.
public enum UlimitSpec {
    static let names: Set<String> = [
        "as", "core", "cpu", "data", "fsize", "locks", "memlock", "msgqueue", "nice", "nofile", "nproc", "rss",
        "rtprio", "rttime", "sigpending", "stack",
    ]

    public static func parse(_ text: String) throws(InvalidInput) -> Ulimit {
        let (name, value) = text.splitOnce("=")
        guard let value else { throw InvalidInput("invalid ulimit argument: \(text)") }
        guard names.contains(name) else { throw InvalidInput("invalid ulimit type: \(name)") }
        let numbers = value.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard numbers.count <= 2 else {
            throw InvalidInput("too many limit value arguments - \(value), can only have up to two, `soft[:hard]`")
        }
        let soft = try number(numbers[0])
        let hard = numbers.count == 2 ? try number(numbers[1]) : soft
        guard hard == -1 || soft != -1 && soft <= hard else {
            throw InvalidInput(
                "ulimit soft limit must be less than or equal to hard limit: \(numbers[0]) > \(numbers[1])")
        }
        return Ulimit(name: name, soft: soft, hard: hard)
    }

    private static func number(_ text: String) throws(InvalidInput) -> Int64 {
        if text == "unlimited" { return -1 }
        guard let number = Int64(text), number >= -1 else {
            throw InvalidInput("invalid ulimit value: \"\(text)\" is not a number of at least -1")
        }
        return number
    }
}
