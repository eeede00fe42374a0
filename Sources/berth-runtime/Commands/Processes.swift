import ContainerRuntime
import JSON
import LinuxSystem

extension Command {
    static let processes = Command(
        name: "ps", summary: "Prints the container's processes, by their numbers on the host.",
        words: "ID [OPTIONS OF ps(1)]",
        options: [.value("format", "f", "FORMAT", "table or json (default table)")], interleaved: false
    ) { arguments, session in
        guard let id = arguments.words.first else { throw UsageError("a container id is missing") }
        let format = try arguments.choice("format", of: ["table", "json"])
        let record = try session.store.load(id)
        guard let cgroup = try Cgroup.of(record) else {
            throw LaunchError(.state, "container \(id) has no control group that tells its processes")
        }
        let pids = try cgroup.processes().sorted()
        if format == "json" {
            try output(JSON.array(pids.map { JSON(Int($0)) }).serialized() + [10])
        } else {
            let options = Array(arguments.words.dropFirst())
            try output(try ProcessTable(options.isEmpty ? ["-ef"] : options).lines(of: Set(pids)))
        }
        return 0
    }
}

/// What ps(1) prints, of which only the lines of some processes are wanted.
private struct ProcessTable {
    private let lines: [String.SubSequence]

    init(_ options: [String]) throws {
        guard let program = ["/usr/bin/ps", "/bin/ps"].first(where: fileExists) else {
            throw LaunchError(.unsupported, "this host has no ps: --format json does without")
        }
        let text = try MemoryFileDescriptor("ps")
        var request = SpawnRequest(.path(program), arguments: ["ps"] + options, environment: CurrentProcess.environment)
        request.descriptors[1] = try SharedDescriptor(borrowing: text.raw)
        request.descriptors[2] = try SharedDescriptor(borrowing: StandardStream.error)
        let process = try spawn(request)
        guard try ProcessDescriptor.wait(process.pidfd.raw) == .exited(code: 0) else {
            throw UsageError("ps does not take \(options.joined(separator: " "))")
        }
        lines = String(decoding: try text.contents(), as: UTF8.self).split(separator: "\n")
    }

    func lines(of pids: Set<CInt>) throws -> String {
        let titles = lines.first?.split(separator: " ") ?? []
        guard let header = lines.first, let column = titles.firstIndex(of: "PID") else {
            throw UsageError("ps printed no column PID with these options")
        }
        let rows = lines.dropFirst().filter { line in
            let fields = line.split(separator: " ")
            return fields.count > column && CInt(fields[column]).map(pids.contains) == true
        }
        return ([header] + rows).map { $0 + "\n" }.joined()
    }
}
