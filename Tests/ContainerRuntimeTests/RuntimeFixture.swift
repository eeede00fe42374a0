import JSON
import LinuxSystem
import OCISpec
import Testing

@testable import ContainerRuntime

/// A folder with a bundle of busybox, and the real `berth-runtime` beside the tests. Namespace work needs a process with
/// one thread, so every test drives the executable.
final class RuntimeFixture {
    static let isPossible = CurrentProcess.uid == 0 && fileExists("/bin/busybox")

    let folder: String
    let id: String
    var spec: RuntimeSpec
    private let program: String

    struct Output {
        var code: CInt
        var out: String
        var err: String
    }

    /// Makes the bundle, runs the body, removes everything; then what the host holds must be what it held.
    static func with(_ arguments: [String], _ body: (RuntimeFixture) throws -> Void) throws {
        let fixture = try RuntimeFixture(arguments)
        defer { #expect(throws: Never.self) { try fixture.cleanUp() } }
        try body(fixture)
    }

    private init(_ arguments: [String]) throws {
        program = parentDirectory(executablePath()) + "/berth-runtime"
        id = "t" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        folder = "/tmp/berth-\(id)"
        spec = RuntimeSpec(
            root: .init(path: "rootfs"), process: Self.process(arguments),
            linux: Self.linux(cgroup: "/berth-test-\(id)"))
        spec.hostname = "box"
        spec.mounts = Self.mounts
        for name in ["bin", "etc", "proc", "sys", "dev", "tmp", "root"] {
            try makeDirectory("\(folder)/bundle/rootfs/\(name)", mode: 0o755)
        }
        try install("/bin/busybox", into: "bin")
        try write("/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nwww:x:33:33:www:/var/www:/bin/sh\n")
        try write("/etc/group", "root:x:0:\nwww:x:33:\nextra:x:44:www\n")
    }

    /// A path of the host inside the bundle's root.
    func host(_ path: String) -> String { "\(folder)/bundle/rootfs\(path)" }

    func write(_ path: String, _ text: String, mode: UInt32 = 0o644) throws {
        try makeDirectory(parentDirectory(host(path)), mode: 0o755)
        try rewriteFile(host(path), Array(text.utf8), mode: mode)
    }

    private func install(_ source: String, into name: String) throws {
        try rewriteFile(host("/\(name)/busybox"), try readFile(source), mode: 0o755)
        let root = try RootFolder.openPlace(host("/\(name)"))
        let applets = """
            awk cat chmod chrt cut date echo env grep head hostname id ionice kill ln ls mkdir mknod mount nice ps readlink
            renice rm rmdir sed sh sleep stat test touch tr true umount uname unshare wc
            """
        for applet in applets.split(whereSeparator: \.isWhitespace) {
            try DeviceNode.link(String(applet), in: root.raw, to: "busybox")
        }
    }

    static let hasPython = fileExists("/usr/bin/python3")

    /// Shows the host's programs in the container, for what busybox cannot do: `/usr/bin/python3 -c …`.
    func addHostPrograms() throws {
        let root = try RootFolder.openPlace(host("/"))
        for name in ["lib", "lib64"] { try DeviceNode.link(name, in: root.raw, to: "usr/\(name)") }
        spec.mounts?.append(.init(destination: "/usr", type: "bind", source: "/usr", options: ["rbind", "ro"]))
    }

    /// Runs the bundle to its end.
    func run(_ options: [String] = []) throws -> Output {
        try writeConfiguration()
        return try runtime(["run"] + options + ["--bundle", "\(folder)/bundle", id])
    }

    /// Creates and starts the bundle in the background.
    func start(_ options: [String] = []) throws {
        try writeConfiguration()
        let created = try runtime(["create"] + options + ["--bundle", "\(folder)/bundle", id], detached: true)
        try #require(created.code == 0, "\(created.err)")
        let started = try runtime(["start", id])
        try #require(started.code == 0, "\(started.err)")
    }

    func exec(_ options: [String] = [], _ command: String...) throws -> Output {
        try runtime(["exec"] + options + [id] + command)
    }

    func writeConfiguration() throws {
        try writeFile("\(folder)/bundle/config.json", try JSON(encoding: spec).serialized(), durable: false)
    }

    var status: String? {
        get throws { try JSON(parsing: try runtime(["state", id]).out)["status"]?.string }
    }

    func command(_ arguments: [String]) -> [String] { [program, "--root", "\(folder)/state"] + arguments }

    /// Runs `berth-runtime`. Output goes to files, which a container in the background may keep open.
    func runtime(_ arguments: [String], detached: Bool = false) throws -> Output {
        let (out, err) = ("\(folder)/out", "\(folder)/err")
        try removeFile(out)
        try removeFile(err)
        var request = SpawnRequest(
            .path(program), arguments: command(arguments), environment: ["PATH=/usr/bin:/bin"])
        request.descriptors[1] = try openForAppending(detached ? "\(folder)/container" : out).shared()
        request.descriptors[2] = try openForAppending(err).shared()
        let process = try spawn(request)
        let status = try ProcessDescriptor.wait(process.pidfd.raw)
        return Output(
            code: status?.code ?? -1, out: detached ? "" : try text(out), err: try text(err))
    }

    /// Runs `berth-runtime` with a pipe as its output; what came out of that.
    func runThroughPipe(_ arguments: [String]) throws -> String {
        let (process, read) = try begin(arguments)
        _ = try ProcessDescriptor.wait(process.raw)
        guard StreamPoll.isReadable(read.raw) else { return "" }
        return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            String(decoding: buffer.prefix(readAvailable(read.raw, into: buffer) ?? 0), as: UTF8.self)
        }
    }

    /// Starts `berth-runtime`: its pidfd, and the pipe that is its output.
    func begin(_ arguments: [String]) throws -> (process: SharedDescriptor, output: SharedDescriptor) {
        let (read, write) = try Pipe().shared()
        var request = SpawnRequest(
            .path(program), arguments: command(arguments), environment: ["PATH=/usr/bin:/bin"])
        request.descriptors = [1: write]
        return (try spawn(request).shared(), read)
    }

    /// What the runtime keeps of the container.
    func record() throws -> ContainerRecord {
        try JSON(parsing: try readFile("\(folder)/state/\(id)/state.json")).decode(ContainerRecord.self)
    }

    private func text(_ path: String) throws -> String { String(decoding: try readFile(path), as: UTF8.self) }

    private func cleanUp() throws {
        let deleted = try runtime(["delete", "--force", id])
        #expect(deleted.code == 0, "\(deleted.err)")
        try removeDirectory(folder)
        let mounts = String(decoding: try readFile("/proc/self/mountinfo"), as: UTF8.self)
        #expect(!mounts.contains(id), "a mount is left on the host")
        for folder in try Cgroup("/berth-test-\(id)", in: CgroupLayout.detect()).folders {
            #expect(!fileExists(folder), "a control group is left")
        }
    }
}

extension RuntimeFixture {
    static let capabilities = [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID",
        "CAP_SETUID", "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",
        "CAP_AUDIT_WRITE",
    ]

    private static func process(_ arguments: [String]) -> RuntimeSpec.Process {
        var process = RuntimeSpec.Process(args: arguments, env: ["PATH=/bin"])
        process.capabilities = .init(bounding: capabilities, effective: capabilities, permitted: capabilities)
        return process
    }

    private static func linux(cgroup: String) -> RuntimeSpec.Linux {
        var linux = RuntimeSpec.Linux(
            namespaces: ["pid", "network", "ipc", "uts", "mount", "cgroup"].map { .init(type: $0) })
        linux.cgroupsPath = cgroup
        linux.maskedPaths = ["/proc/keys", "/proc/acpi", "/proc/timer_list", "/sys/firmware"]
        linux.readonlyPaths = ["/proc/bus", "/proc/sys"]
        var resources = RuntimeSpec.Resources()
        resources.memory = .init(limit: 64 << 20)
        resources.pids = .init(limit: 50)
        linux.resources = resources
        return linux
    }

    private static let mounts: [RuntimeSpec.Mount] = [
        .init(destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]),
        .init(destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755"]),
        .init(
            destination: "/dev/pts", type: "devpts", source: "devpts",
            options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]),
        .init(destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"]),
        .init(destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "nosuid"]),
    ]
}
