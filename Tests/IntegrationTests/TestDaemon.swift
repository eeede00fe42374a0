import LinuxSystem
import Testing

/// A daemon of the test's own: root, run folder, cgroup parent and image are private, and all go with it.
final class TestDaemon {
    let folder: String
    let cgroupParent: String
    private var pidfd: SharedDescriptor?
    private var pid: CInt = 0

    var host: String { "BERTH_HOST=unix://\(folder)/run/berth.sock" }

    /// Runs a test against a daemon, removes everything, and expects the host to be as it was.
    ///
    /// - Parameter configuration: further lines of its configuration.
    static func with(
        configuration: String = "", _ location: SourceLocation = #_sourceLocation,
        _ body: (TestDaemon) async throws -> Void
    ) async throws {
        let daemon = try TestDaemon(configuration)
        let before = try HostState.now(daemon.cgroupParent)
        do {
            try daemon.start()
            #expect(try daemon.berth("pull", "-q", "busybox").code == 0, sourceLocation: location)
            try await body(daemon)
        } catch {
            try? daemon.tearDown()
            throw error
        }
        try daemon.tearDown()
        let after = try HostState.now(daemon.cgroupParent)
        #expect(after == before, "\(after.difference(from: before))", sourceLocation: location)
    }

    private init(_ configuration: String) throws {
        let id = UInt32.random(in: 0...UInt32.max)
        folder = "/tmp/berth-test-\(id)"
        cgroupParent = "/berth-test-\(id)"
        try makeDirectory("\(folder)/root")
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/busybox-image"
        let image = "\(folder)/root/plugins/layout/registry/docker.io/library/busybox"
        let made = try run([script, image])
        guard made.code == 0 else { throw SystemError(.invalid, "busybox-image", made.text) }
        try writeFile("\(folder)/berthd.toml", Array("cgroup-parent = \"\(cgroupParent)\"\n\(configuration)".utf8))
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

    func berth(_ arguments: String...) throws -> Output { try run([Stage.berth] + arguments, environment: [host]) }

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

    /// The process of a plugin, as the daemon records it.
    func pid(ofPlugin name: String) throws -> CInt {
        let text = String(decoding: try readFile("\(folder)/run/plugins/\(name)/pid"), as: UTF8.self)
        return ProcessIdentity(text)?.pid ?? -1
    }

    /// Removes every container, ends the daemon and its folder.
    func tearDown() throws {
        for id in try berth("ps", "-aq").lines { _ = try berth("rm", "-f", "-v", id) }
        try stop()
        try removeDirectory(folder)
    }
}

/// What the host has that a container engine could leave behind.
struct HostState: Equatable {
    var mounts: [String]
    var links: [String]
    var tables: String
    var cgroups: [String]
    /// Executables of Berth's that run, by process.
    var processes: [String]

    /// What is here and was not there.
    func difference(from other: HostState) -> [String] {
        let lists = [
            (mounts, other.mounts), (links, other.links), (cgroups, other.cgroups), (processes, other.processes),
        ]
        return lists.flatMap { Set($0).symmetricDifference($1).sorted() } + (tables == other.tables ? [] : [tables])
    }

    static func now(_ cgroupParent: String) throws -> HostState {
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains("berth-test") }
        let controllers = try listDirectory("/sys/fs/cgroup")
        return HostState(
            mounts: mounts, links: try listDirectory("/sys/class/net").sorted(),
            tables: try run(["nft", "list", "ruleset"]).text,
            cgroups: controllers.map { "/sys/fs/cgroup/\($0)\(cgroupParent)" }.filter(fileExists).sorted(),
            processes: try processes())
    }

    private static func processes() throws -> [String] {
        try listDirectory("/proc").compactMap { CInt($0) }.compactMap { pid in
            let path = executablePath(ofProcess: pid)
            return path.hasPrefix(Stage.repository) && !path.contains(".xctest") ? "\(pid) \(path)" : nil
        }.sorted()
    }
}
