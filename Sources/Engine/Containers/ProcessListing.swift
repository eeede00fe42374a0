import BerthAPI
import JSON
import LinuxSystem

/// The host's `ps`, and of what it prints the lines of some processes (ps(1)).
struct ProcessListing {
    private static let programs = ["/usr/bin/ps", "/bin/ps"]
    private static let patience = 10_000

    var arguments: [String]

    /// Runs it, on the calling thread.
    func run(of processes: [CInt]) throws -> ContainerTop.Result {
        try check()
        guard let program = Self.programs.first(where: { fileExists($0) }) else {
            throw BerthError(.failedPrecondition, "top needs the host's ps, which is not installed", object: "host")
        }
        let numbers = Set(processes.map { "\($0)" })
        // Some options do not go with a selection: they list all, and what is of others is left out.
        let selection = ["-q", numbers.sorted().joined(separator: ",")]
        let output = try Self.run(program, arguments + selection) ?? Self.run(program, arguments)
        guard let output else { throw BerthError(.invalidArgument, try Self.complaint(program, arguments)) }
        return try Self.parse(output, numbers)
    }

    /// The column that tells whose a line is must be what it says.
    private func check() throws {
        for argument in arguments {
            for format in argument.split(separator: ",") {
                let parts = format.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[1].hasPrefix("PID"), parts[0].split(separator: " ").last != "pid" else {
                    continue
                }
                throw BerthError(.invalidArgument, "specifying \"\(format)\" is not allowed")
            }
        }
    }

    private static func request(_ program: String, _ arguments: [String]) throws -> SpawnRequest {
        var request = SpawnRequest(
            .path(program), arguments: ["ps"] + arguments, environment: ["PATH=/usr/bin:/bin", "COLUMNS=4096"])
        request.descriptors[0] = try openNullDevice()
        return request
    }

    /// - Returns: nil when it does not like its options.
    private static func run(_ program: String, _ arguments: [String]) throws -> String? {
        let run = try CapturedProgram.run(try request(program, arguments), milliseconds: patience)
        return run.status.code == 0 ? String(decoding: run.output, as: UTF8.self) : nil
    }

    private static func complaint(_ program: String, _ arguments: [String]) throws -> String {
        let run = try CapturedProgram.run(try request(program, arguments), milliseconds: patience)
        let line = String(decoding: run.error, as: UTF8.self).split(separator: "\n").first { !$0.isEmpty }
        return "ps \(arguments.joined(separator: " ")): \(line.map(String.init) ?? "failed")"
    }

    static func parse(_ output: String, _ processes: Set<String>) throws -> ContainerTop.Result {
        let lines = output.split(separator: "\n")
        let titles = (lines.first ?? "").split(separator: " ").map(String.init)
        guard let column = titles.firstIndex(of: "PID") else {
            throw BerthError(.invalidArgument, "the options of ps do not show the column PID")
        }
        var rows: [[String]] = []
        var isOurs = false
        for line in lines.dropFirst() {
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count > column else { continue }
            // A thread of the process above it.
            if fields[column] != "-" { isOurs = processes.contains(fields[column]) }
            guard isOurs else { continue }
            let last = titles.count - 1
            rows.append(Array(fields.prefix(last)) + [fields.dropFirst(last).joined(separator: " ")])
        }
        return .init(titles: titles, processes: rows)
    }
}
