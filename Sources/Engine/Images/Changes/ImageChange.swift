import BerthAPI
import JSON
import LinuxSystem
import OCISpec

/// One Dockerfile instruction that changes an image's configuration (docs.docker.com, "Dockerfile reference").
struct ImageChange {
    private let text: String
    private let instruction: String
    private let rest: String

    /// - Throws: `invalidArgument` for one that a commit does not take.
    init(_ text: String) throws(BerthError) {
        self.text = text
        let trimmed = text.trimmingSpaces
        let word = trimmed.prefix { !$0.isWhitespace }
        instruction = word.uppercased()
        rest = String(trimmed.dropFirst(word.count)).trimmingSpaces
        guard !instruction.isEmpty else { throw BerthError(.invalidArgument, "an empty change", object: "change") }
    }

    func apply(to config: inout ImageConfiguration.Execution) throws {
        guard Self.known.contains(instruction) else {
            throw refusal("\(instruction.lowercased()) is not a valid change command")
        }
        guard !rest.isEmpty else { throw refusal("\(instruction) requires an argument") }
        switch instruction {
        case "CMD": config.command = try command()
        case "ENTRYPOINT": config.entrypoint = try command()
        case "ENV": try setEnvironment(&config)
        case "EXPOSE": try expose(&config)
        case "HEALTHCHECK": config.healthCheck = try HealthCheckInstruction(rest) { refusal($0) }.check
        case "LABEL": for (name, value) in try pairs() { config.labels = (config.labels ?? [:]).setting(name, value) }
        case "ONBUILD": try addTrigger(&config)
        case "STOPSIGNAL": config.stopSignal = try signal()
        case "USER": config.user = try single()
        case "VOLUME": try addVolumes(&config)
        default: config.workingDirectory = try workingDirectory(config.workingDirectory)
        }
    }

    private static let known: Set = [
        "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME",
        "WORKDIR",
    ]

    private func refusal(_ reason: String) -> BerthError {
        BerthError(.invalidArgument, "change \"\(text)\": \(reason)", object: "change")
    }

    // MARK: Arguments

    /// A JSON array of words, or a command for a shell.
    private func command() throws -> [String] { Self.words(rest) ?? ["/bin/sh", "-c", rest] }

    /// Nil for what is no JSON array of strings.
    private static func words(_ text: String) -> [String]? {
        guard text.hasPrefix("["), let array = (try? JSON(parsing: text))?.array else { return nil }
        let words = array.compactMap(\.string)
        return words.count == array.count ? words : nil
    }

    private func fields() throws -> [String] {
        do { return try InstructionWords.split(rest) } catch { throw refusal(error.description) }
    }

    private func single() throws -> String {
        let fields = try fields()
        guard fields.count == 1 else { throw refusal("\(instruction) requires exactly one argument") }
        return fields[0]
    }

    /// `name=value` words, or in the old form one name and the rest.
    private func pairs() throws -> [(String, String)] {
        let fields = try fields()
        if !fields[0].contains("=") {
            let value = rest.drop { !$0.isWhitespace }.drop { $0.isWhitespace }
            guard !value.isEmpty else { throw refusal("\(instruction) must have two arguments") }
            return [(fields[0], String(value))]
        }
        return try fields.map { field in
            guard let sign = field.firstIndex(of: "="), sign > field.startIndex else {
                throw refusal("\"\(field)\" is not name=value")
            }
            return (String(field[..<sign]), String(field[field.index(after: sign)...]))
        }
    }

    // MARK: Instructions

    private func setEnvironment(_ config: inout ImageConfiguration.Execution) throws {
        var environment = config.environment ?? []
        for (name, value) in try pairs() {
            let entry = "\(name)=\(value)"
            if let place = environment.firstIndex(where: { $0.hasPrefix("\(name)=") }) {
                environment[place] = entry
            } else {
                environment.append(entry)
            }
        }
        config.environment = environment
    }

    private func expose(_ config: inout ImageConfiguration.Execution) throws {
        for field in try fields() {
            let parts = field.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let proto = parts.count == 2 ? parts[1].lowercased() : "tcp"
            let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
            guard parts.count <= 2, ["tcp", "udp", "sctp"].contains(proto), (1...2).contains(ends.count),
                ends.allSatisfy({ (1...65_535).contains($0) }), ends[0] <= ends[ends.count - 1]
            else { throw refusal("invalid containerPort: \(field)") }
            for port in ends[0]...ends[ends.count - 1] {
                config.exposedPorts = (config.exposedPorts ?? [:]).setting("\(port)/\(proto)", .object([]))
            }
        }
    }

    private func addTrigger(_ config: inout ImageConfiguration.Execution) throws {
        let trigger = rest.prefix { !$0.isWhitespace }.uppercased()
        guard !["ONBUILD", "FROM", "MAINTAINER"].contains(trigger) else {
            throw refusal("\(trigger) isn't allowed as an ONBUILD trigger")
        }
        config.onBuild = (config.onBuild ?? []) + [rest]
    }

    private func signal() throws -> String {
        let name = try single()
        guard Signal.number(name) != nil else { throw refusal("invalid signal: \(name)") }
        return name
    }

    private func addVolumes(_ config: inout ImageConfiguration.Execution) throws {
        for volume in try Self.words(rest) ?? fields() {
            guard !volume.isEmpty else { throw refusal("VOLUME specified can not be an empty string") }
            config.volumes = (config.volumes ?? [:]).setting(volume, .object([]))
        }
    }

    private func workingDirectory(_ current: String?) throws -> String {
        if rest.hasPrefix("/") { return ContainerPlan.normalized(rest) }
        return ContainerPlan.normalized("\(current ?? "")/\(rest)")
    }
}

extension Dictionary {
    fileprivate func setting(_ key: Key, _ value: Value) -> [Key: Value] {
        var changed = self
        changed[key] = value
        return changed
    }
}

extension String {
    var trimmingSpaces: String {
        let start = drop { $0.isWhitespace }
        return String(start.reversed().drop { $0.isWhitespace }.reversed())
    }
}
