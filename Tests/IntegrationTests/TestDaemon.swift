import LinuxSystem
import TestSupport
import Testing

/// A daemon of the test's own: root, run folder, cgroup parent and image are private, and all go with it.
final class TestDaemon {
    let folder: String
    let cgroupParent: String
    private var pidfd: SharedDescriptor?
    private var pid: CInt = 0
    private var hasDisk = false

    var host: String { "BERTH_HOST=unix://\(folder)/run/berth.sock" }

    /// Runs a test against a daemon, removes everything, and expects the host to be as it was.
    ///
    /// - Parameters:
    ///   - disk: bytes of a file system of its own for the daemon's data.
    ///   - configuration: further lines of its configuration.
    static func with(
        disk: Int? = nil, configuration: String = "", _ location: SourceLocation = #_sourceLocation,
        _ body: (TestDaemon) async throws -> Void
    ) async throws {
        let daemon = try TestDaemon(configuration)
        let before = try HostState.now(daemon)
        do {
            if let disk { try daemon.mountRoot(disk) }
            try daemon.addImage()
            try daemon.start()
            #expect(try daemon.berth("pull", "-q", "busybox").code == 0, sourceLocation: location)
            try await body(daemon)
        } catch {
            try? daemon.tearDown()
            throw error
        }
        try daemon.tearDown()
        let after = try HostState.now(daemon)
        #expect(after == before, "\(after.difference(from: before))", sourceLocation: location)
    }

    private init(_ configuration: String) throws {
        let id = UInt32.random(in: 0...UInt32.max)
        folder = "/tmp/berth-test-\(id)"
        cgroupParent = "/berth-test-\(id)"
        try makeDirectory("\(folder)/root")
        try configure(configuration)
    }

    /// Adds to the configuration of the next daemon.
    func configure(_ text: String) throws {
        try writeFile("\(folder)/berthd.toml", Array("cgroup-parent = \"\(cgroupParent)\"\n\(text)".utf8))
    }

    /// Adds an image to the embedded registry.
    ///
    /// - Parameter config: further members of its configuration: `,"User":"1000"`.
    func addImage(_ name: String = "busybox", config: String = "") throws {
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/busybox-image"
        let registry = "\(folder)/root/plugins/layout/registry/docker.io/library"
        let made = try run([script, "\(registry)/\(name)", "latest", config])
        guard made.code == 0 else { throw SystemError(.invalid, "busybox-image", made.text) }
    }

    private func mountRoot(_ bytes: Int) throws {
        let made = try run(["mount", "-t", "tmpfs", "-o", "size=\(bytes)", "tmpfs", "\(folder)/root"])
        guard made.code == 0 else { throw SystemError(.invalid, "mount", made.text) }
        hasDisk = true
    }

    func start() throws {
        let log = try openForAppending("\(folder)/berthd.log").shared()
        var request = SpawnRequest(
            .path(Stage.berthd),
            arguments: [
                "berthd", "--config", "\(folder)/berthd.toml", "--root", "\(folder)/root", "--run", "\(folder)/run",
            ], environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        request.descriptors = [0: try openNullDevice(), 1: log, 2: log]
        let process = try spawn(request)
        pid = process.pid
        let pidfd = process.shared()
        self.pidfd = pidfd
        // The daemon answers once it listens; each turn waits for its death, which is the other thing that can happen.
        for _ in 0..<600 {
            if try berth("version", "--format", "{{.Server.Version}}").code == 0 { return }
            if try ProcessDescriptor.waitUntilEnded(pidfd.raw, milliseconds: 50) { break }
        }
        let text = (try? readFile("\(folder)/berthd.log")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        throw SystemError(.noProcess, "berthd", text)
    }

    func berth(_ arguments: String...) throws -> Output { try berth(arguments) }

    func berth(_ arguments: [String]) throws -> Output { try run([Stage.berth] + arguments, environment: [host]) }

    /// A command that must succeed.
    @discardableResult
    func succeed(_ arguments: [String], _ location: SourceLocation = #_sourceLocation) throws -> Output {
        let output = try berth(arguments)
        #expect(output.code == 0, "\(arguments): \(output.text)", sourceLocation: location)
        return output
    }

    /// A command that goes on beside the test.
    func begin(_ arguments: [String], input: String = "") throws -> RunningClient {
        try RunningClient(arguments, environment: [host], input: input)
    }

    /// What has happened to a container, by the events' names, oldest first.
    func actions(of container: String) throws -> [String] {
        let id = try berth("inspect", "-f", "{{.Id}}", container).lines.first ?? container
        let format = "{{.Action}}"
        return try berth("events", "--since", "0", "--until", "0s", "--filter", "container=\(id)", "--format", format)
            .lines
    }

    /// `kill -9`.
    func kill() throws { try end(signal: 9) }

    /// An orderly end.
    func stop() throws { try end(signal: 15) }

    private func end(signal: CInt) throws {
        guard let pidfd else { return }
        self.pidfd = nil
        try ProcessDescriptor.signal(pidfd.raw, signal)
        _ = try ProcessDescriptor.wait(pidfd.raw)
    }

    /// Children of the daemon that have ended and whose status nobody has taken.
    var zombies: [String] {
        ((try? listDirectory("/proc")) ?? []).filter { name in
            guard CInt(name) != nil, let bytes = try? readFile("/proc/\(name)/stat", limit: 4096) else { return false }
            let fields = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 1 && fields[0] == "Z" && CInt(fields[1]) == pid
        }
    }

    /// Bytes of physical memory that the daemon has (proc_pid_status(5)).
    func memory() throws -> Int {
        let status = String(decoding: try readFile("/proc/\(pid)/status"), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// The process of a plugin, as the daemon records it.
    func pid(ofPlugin name: String) throws -> CInt {
        let text = String(decoding: try readFile("\(folder)/run/plugins/\(name)/pid"), as: UTF8.self)
        return ProcessIdentity(text)?.pid ?? -1
    }

    /// `kill -9`; one that is being started again is let go.
    func killPlugin(_ name: String) throws {
        try ProcessIdentity(pid: try pid(ofPlugin: name))?.kill(waiting: 5000)
    }

    // MARK: Shims

    /// The shims of this daemon, by the path of their bundle.
    func shims() throws -> [String: CInt] {
        var found: [String: CInt] = [:]
        for pid in try listDirectory("/proc").compactMap({ CInt($0) }) {
            let words = ((try? readFile("/proc/\(pid)/cmdline")) ?? []).split(separator: 0).map {
                String(decoding: $0, as: UTF8.self)
            }
            if words.first == "berth-shim", let bundle = words.last, bundle.hasPrefix(folder) { found[bundle] = pid }
        }
        return found
    }

    /// The only shim, once there is one; nil when the client has ended before.
    func awaitShim(orEndOf client: RunningClient) throws -> CInt? {
        while true {
            if let pid = try shims().values.first { return pid }
            if try client.ends(within: 1) { return try shims().values.first }
        }
    }

    /// Groups of containers that are left.
    func cgroups() throws -> [String] {
        try cgroupParents().flatMap { parent in
            // The plugins' own are there as long as the daemon runs.
            try listDirectory(parent).filter { $0 != "plugins" }.map { "\(parent)/\($0)" }
                .filter { fileExists("\($0)/cgroup.procs") }
        }
    }

    /// What there is of the group that all of this daemon's are in, in every hierarchy.
    func cgroupParents() throws -> [String] {
        let layout = try CgroupLayout.detect()
        return (layout.hierarchies + layout.otherHierarchies).map { $0 + cgroupParent }.filter(fileExists)
    }

    /// Removes every container, ends the daemon and its folder.
    func tearDown() throws {
        for id in try berth("ps", "-aq").lines { _ = try berth("rm", "-f", "-v", id) }
        try stop()
        if hasDisk { _ = try run(["umount", "\(folder)/root"]) }
        try removeDirectory(folder)
    }
}

/// What the host has that a container engine could leave behind.
struct HostState: Equatable {
    var mounts: [String]
    var links: [String]
    var tables: String
    var cgroups: [String]
    var processes: [String]

    /// What is here and was not there.
    func difference(from other: HostState) -> [String] {
        let lists = [
            (mounts, other.mounts), (links, other.links), (cgroups, other.cgroups), (processes, other.processes),
        ]
        return lists.flatMap { Set($0).symmetricDifference($1).sorted() } + (tables == other.tables ? [] : [tables])
    }

    static func now(_ daemon: TestDaemon) throws -> HostState {
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains("berth-test") }
        return HostState(
            mounts: mounts, links: try run(["ip", "-o", "link"]).lines.map { String($0.split(separator: ":")[1]) },
            tables: try run(["nft", "list", "ruleset"]).text,
            cgroups: try daemon.cgroupParents().sorted(),
            processes: try processes(daemon.folder))
    }

    /// Those of this tree, and those that name the daemon's folder: others may be at work on the same machine.
    private static func processes(_ folder: String) throws -> [String] {
        let tree = parentDirectory(parentDirectory(parentDirectory(#filePath)))
        return try listDirectory("/proc").compactMap { CInt($0) }.compactMap { pid in
            let path = executablePath(ofProcess: pid)
            let command = String(decoding: (try? readFile("/proc/\(pid)/cmdline")) ?? [], as: UTF8.self)
            let isOurs = path.hasPrefix("\(tree)/") && !path.hasSuffix(".xctest") || command.contains(folder)
            return isOurs ? "\(pid) \(path)" : nil
        }.sorted()
    }
}
