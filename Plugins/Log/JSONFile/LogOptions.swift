import BerthAPI

/// `--log-opt` of the json-file driver, as docker has them.
struct LogOptions: Equatable {
    /// A file that has reached so many bytes is rotated before the next line; nil for no limit.
    var maximumSize: Int64?
    /// Files kept, the one being written included.
    var maximumFiles = 1
    /// Names of the labels that are written into each line.
    var labels: [String] = []
    /// Template of the `tag` attribute.
    var tag: String?

    private static let known: Set<String> = [
        "max-size", "max-file", "mode", "max-buffer-size", "labels", "labels-regex", "env", "env-regex", "tag",
    ]

    /// - Throws: `invalidArgument`.
    init(_ options: [String: String]) throws {
        for name in options.keys.sorted() where !Self.known.contains(name) {
            throw BerthError(
                .invalidArgument, "unknown log opt '\(name)' for json-file log driver",
                hint: "it takes " + Self.known.sorted().joined(separator: ", "))
        }
        try Self.checkMode(options)
        maximumSize = try options["max-size"].map { try Self.size($0, of: "max-size") }
        if let text = options["max-file"] {
            guard let count = Int(text), (1...1000).contains(count) else {
                throw BerthError(.invalidArgument, "max-file is a number from 1 to 1000, not '\(text)'")
            }
            maximumFiles = count
        }
        labels = options["labels"]?.split(separator: ",").map(String.init) ?? []
        tag = options["tag"].flatMap { $0.isEmpty ? nil : $0 }
        if let tag { try Self.checkTag(tag) }
    }

    /// How the shim treats a container that writes faster than its log; checked here, done there.
    private static func checkMode(_ options: [String: String]) throws {
        let mode = options["mode"] ?? "blocking"
        guard ["blocking", "non-blocking", ""].contains(mode) else {
            throw BerthError(.invalidArgument, "the log mode is blocking or non-blocking, not '\(mode)'")
        }
        guard let buffer = options["max-buffer-size"] else { return }
        guard mode == "non-blocking" else {
            throw BerthError(.invalidArgument, "max-buffer-size is only for the log mode non-blocking")
        }
        _ = try size(buffer, of: "max-buffer-size")
    }

    /// `10m`, `1g`, `512`: units of 1024, and an optional `b`.
    private static func size(_ text: String, of option: String) throws -> Int64 {
        var digits = text.lowercased()[...]
        if digits.hasSuffix("b") { digits.removeLast() }
        if digits.hasSuffix("i") { digits.removeLast() }
        let shifts: [Character: Int64] = ["k": 10, "m": 20, "g": 30, "t": 40]
        var factor: Int64 = 1
        if let shift = digits.last.flatMap({ shifts[$0] }) {
            factor = 1 << shift
            digits.removeLast()
        }
        let (bytes, overflow) = (Int64(digits) ?? 0).multipliedReportingOverflow(by: factor)
        guard bytes > 0, !overflow else {
            throw BerthError(.invalidArgument, "\(option) is a size above 0 such as 10m, not '\(text)'")
        }
        return bytes
    }

    // MARK: Attributes

    /// What each line says of its container, in the order of the names.
    func attributes(of container: LogOpen) throws -> [(String, String)] {
        var values: [String: String] = [:]
        for label in labels { values[label] = container.labels[label] }
        if let tag { values["tag"] = try Self.expand(tag, Self.fields(of: container)) }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private static func fields(of container: LogOpen) -> [String: String] {
        [
            "ID": String(container.container.prefix(12)), "FullID": container.container,
            "Name": container.containerName, "ImageName": container.image, "ImageFullID": container.image,
            "ImageID": String(container.image.prefix(12)), "DaemonName": "berth",
        ]
    }

    private static func checkTag(_ tag: String) throws { _ = try expand(tag, fields(of: LogOpen(container: ""))) }

    /// Puts a container's values in the place of `{{.Name}}` and its like.
    private static func expand(_ tag: String, _ fields: [String: String]) throws -> String {
        var result = ""
        var rest = tag[...]
        while let brace = rest.firstIndex(of: "{") {
            result += rest[..<brace]
            rest = rest[brace...]
            guard rest.hasPrefix("{{") else {
                result.append(rest.removeFirst())
                continue
            }
            let field = rest.dropFirst(2).prefix { $0 != "}" }
            let name = field.filter { $0 != " " }.drop { $0 == "." }
            guard let value = fields[String(name)], rest[field.endIndex...].hasPrefix("}}") else {
                throw BerthError(.invalidArgument, "the log tag '\(tag)' names what is not known: '\(field)'")
            }
            result += value
            rest = rest[field.endIndex...].dropFirst(2)
        }
        return result + rest
    }
}
