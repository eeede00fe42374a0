import LinuxSystem

/// A daemon of the test's own: root, run folder, cgroup parent and image are private, and all go with it.
final class TestDaemon {
    let folder: String
    let cgroupParent: String
    private var pidfd: SharedDescriptor?
    private var pid: CInt = 0

    var host: String { "BERTH_HOST=unix://\(folder)/run/berth.sock" }

    init() throws {
        let id = UInt32.random(in: 0...UInt32.max)
        folder = "/tmp/berth-test-\(id)"
        cgroupParent = "/berth-test-\(id)"
        try makeDirectory("\(folder)/root")
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/busybox-image"
        let image = "\(folder)/root/plugins/layout/registry/docker.io/library/busybox"
        let made = try run([script, image])
        guard made.code == 0 else { throw SystemError(.invalid, "busybox-image", made.text) }
        try writeFile("\(folder)/berthd.toml", Array("cgroup-parent = \"\(cgroupParent)\"\n".utf8))
        try start()
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

    static func now(_ cgroupParent: String) throws -> HostState {
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
            .split(separator: "\n").map(String.init).filter { $0.contains("berth-test") }
        let controllers = try listDirectory("/sys/fs/cgroup")
        return HostState(
            mounts: mounts, links: try listDirectory("/sys/class/net").sorted(),
            tables: try run(["nft", "list", "ruleset"]).text,
            cgroups: controllers.map { "/sys/fs/cgroup/\($0)\(cgroupParent)" }.filter(fileExists).sorted())
    }
}
