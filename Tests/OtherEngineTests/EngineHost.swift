import LinuxSystem
import Testing

/// Namespaces of its own for other engines, which keep state in /run and /var/lib, make links, and leave processes. All
/// of it ends with the first process in them.
final class EngineHost {
    let folder: String
    /// Of every container, and the test's alone.
    let cgroupParent: String
    /// The engine's runtime is the one under test.
    let runtime = parentDirectory(executablePath()) + "/berth-runtime"
    private let keeper: SharedDescriptor
    private let pid: CInt

    struct Output: CustomStringConvertible {
        var code: CInt
        /// Both streams.
        var text: String
        var lines: [String] { text.split(whereSeparator: \.isNewline).map(String.init) }
        var description: String { "exit \(code): \(text)" }
    }

    /// Runs a test, then expects that no container's group is left.
    static func with(_ body: (EngineHost) throws -> Void) throws {
        let host = try EngineHost()
        defer { #expect(throws: Never.self) { try host.tearDown() } }
        try body(host)
        #expect(try host.cgroups().isEmpty, "control groups are left")
    }

    private init() throws {
        let id = UInt32.random(in: 0...UInt32.max)
        folder = "/tmp/berth-engine-\(id)"
        cgroupParent = "/berth-engine-\(id)"
        try makeDirectory(folder)
        let ready = try Pipe().shared()
        let script = """
            mount --make-rprivate / && mount -t proc proc /proc && mount -t tmpfs tmpfs /run &&
            mount -t tmpfs tmpfs /var/lib && ip link set lo up && echo ready && exec tail -f /dev/null >/dev/null 2>&1
            """
        var request = SpawnRequest(.path("/bin/sh"), arguments: ["sh", "-c", script], environment: Self.environment)
        request.namespaces = [.mount, .pid, .network, .ipc]
        request.descriptors = [1: ready.write, 2: ready.write]
        let process = try spawn(request)
        pid = process.pid
        keeper = process.shared()
        let line = try StandardStream.readLine(from: ready.read.raw)
        guard line == "ready" else { throw SystemError(.noProcess, "unshare", line ?? "") }
    }

    private static let environment = [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
    ]

    // MARK: Programs

    /// Runs a program in the namespaces to its end.
    func run(_ words: [String], environment: [String] = []) throws -> Output {
        let text = try MemoryFileDescriptor("output")
        let process = try begin(words, environment: environment, output: try SharedDescriptor(borrowing: text.raw))
        guard try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 60_000) else {
            try ProcessDescriptor.signal(process.raw, 9)
            throw SystemError(.timedOut, words.joined(separator: " "))
        }
        let status = try #require(try ProcessDescriptor.wait(process.raw))
        return Output(code: status.code, text: String(decoding: try text.contents(), as: UTF8.self))
    }

    /// Starts a daemon and waits until it writes that it is ready.
    func start(_ words: [String], until marker: String, environment: [String] = []) throws {
        let log = "\(folder)/\(words[0]).log"
        let output = try openForAppending(log).shared()
        let process = try begin(words, environment: environment, output: output)
        while true {
            let text = String(decoding: try readFile(log), as: UTF8.self)
            if text.contains(marker) { return }
            if try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 20) {
                throw SystemError(.noProcess, words[0], text)
            }
        }
    }

    private func begin(_ words: [String], environment: [String], output: SharedDescriptor) throws -> SharedDescriptor {
        let enter = ["nsenter", "--target", "\(pid)", "--mount", "--pid", "--net", "--ipc", "--"]
        var request = SpawnRequest(
            .path("/usr/bin/nsenter"), arguments: enter + words, environment: Self.environment + environment)
        request.descriptors = [1: output, 2: output]
        return try spawn(request).shared()
    }

    // MARK: Images

    /// A tar archive of a root with busybox in it.
    func rootArchive() throws -> String {
        try shell(
            """
            mkdir -p root/bin root/etc root/tmp && cp /bin/busybox root/bin && cd root/bin
            for name in sh cat echo head id ls ps sleep test true yes; do ln -s busybox $name; done
            echo root:x:0:0:root:/root:/bin/sh >../etc/passwd
            tar -C .. -cf \(folder)/root.tar .
            """)
        return "\(folder)/root.tar"
    }

    /// A tar archive of an OCI image.
    func imageArchive() throws -> String {
        let script = parentDirectory(parentDirectory(#filePath)) + "/Fixtures/busybox-image"
        try shell("'\(script)' \(folder)/image >/dev/null && tar -C \(folder)/image -cf \(folder)/image.tar .")
        return "\(folder)/image.tar"
    }

    private func shell(_ script: String) throws {
        let output = try run(["sh", "-ec", "cd \(folder)\n\(script)"])
        try #require(output.code == 0, "\(output)")
    }

    // MARK: What is left

    /// Groups below the parent. That of podman's monitors is its own: the last of them may still be ending.
    func cgroups() throws -> [String] {
        try parents().flatMap { parent in
            try listDirectory(parent).filter { $0 != "conmon" }.map { "\(parent)/\($0)" }.filter {
                fileExists("\($0)/cgroup.procs")
            }
        }
    }

    private func parents() throws -> [String] {
        try CgroupLayout.detect().hierarchies.map { $0 + cgroupParent }.filter(fileExists)
    }

    private func tearDown() throws {
        try ProcessDescriptor.signal(keeper.raw, 9)
        _ = try ProcessDescriptor.wait(keeper.raw)
        try Cgroup(cgroupParent, in: CgroupLayout.detect()).remove()
        try removeDirectory(folder)
    }
}
