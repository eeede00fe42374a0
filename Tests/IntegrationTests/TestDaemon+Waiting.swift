import LinuxSystem
import TestSupport
import Testing

extension TestDaemon {
    /// Waits until so many events of a container have come, counted from the container's beginning.
    @discardableResult
    func awaitEvents(
        _ count: Int, _ action: String, of container: String, _ location: SourceLocation = #_sourceLocation
    ) throws -> [String] {
        let client = try begin([
            "events", "--since", "1", "-f", "container=\(container)", "-f", "event=\(action)", "--format",
            "{{.Action}}",
        ])
        // Each turn waits for the client's end, which is the other thing that can happen.
        for _ in 0..<12_000 {
            let lines = client.text.split(separator: "\n").map(String.init)
            if lines.count >= count {
                try client.signal(2)
                _ = try client.wait()
                return lines
            }
            if try client.ends(within: 10) { break }
        }
        try? client.signal(9)
        Issue.record("\(count) × \(action) of \(container): \(try client.wait().text)", sourceLocation: location)
        return []
    }

    func count(_ action: String, of container: String) throws -> Int {
        try berth(
            "events", "--since", "1", "--until", "0s", "-f", "container=\(container)", "-f", "event=\(action)",
            "--format", "{{.Action}}"
        ).lines.count
    }

    func inspect(_ container: String, _ template: String) throws -> String {
        let output = try berth("inspect", "-f", template, container)
        return output.text.hasSuffix("\n") ? String(output.text.dropLast()) : output.text
    }

    /// Waits until a template of `inspect` says what is expected.
    func await(
        _ container: String, _ template: String, _ expected: String, _ location: SourceLocation = #_sourceLocation
    ) throws {
        var last = ""
        for _ in 0..<1000 {
            last = try inspect(container, template)
            if last == expected { return }
        }
        Issue.record("\(container): \(template) is \(last), not \(expected)", sourceLocation: location)
    }

    /// What a host that goes down does to the daemon and its containers.
    func loseHost() throws {
        try kill()
        for shim in try shims().values { try ProcessIdentity(pid: shim)?.kill(waiting: 5000) }
        for id in try listDirectory("\(folder)/run/containers") {
            try Cgroup("\(cgroupParent)/\(id)", in: .detect()).remove()
        }
        for plugin in try listDirectory("\(folder)/run/plugins") { try? killPlugin(plugin) }
        try removeDirectory("\(folder)/run")
    }

    /// The process that works on a container's files, or a client's archive, with this as its stream.
    func helper(reading stream: SharedDescriptor) throws -> CInt? {
        let file = linkTarget("/proc/self/fd/\(stream.raw)")
        return try listDirectory("/proc").compactMap { CInt($0) }.first { pid in
            executablePath(ofProcess: pid).hasSuffix("/berth-files") && linkTarget("/proc/\(pid)/fd/3") == file
        }
    }
}
