import LinuxSystem

/// A network namespace with a process in it that does nothing; it ends with `end`, or with this process. What is in it
/// is read from /proc: nobody has to enter it.
final class NetworkSandbox: Sendable {
    private static let patience = Duration.seconds(10)

    let pid: CInt
    private let pidfd: SharedDescriptor
    /// Its closing ends the process.
    private let leash: SharedDescriptor

    init() throws {
        let (input, output) = (try Pipe().shared(), try Pipe().shared())
        var request = SpawnRequest(
            .path("/usr/bin/unshare"), arguments: ["unshare", "--net", "--", "/bin/cat"],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        request.descriptors = [0: input.read, 1: output.write]
        let process = try spawn(request)
        pid = process.pid
        pidfd = process.shared()
        leash = input.write
        // An echo tells that it is cat by now, in its namespace.
        try StandardStream.write([10], to: leash.raw)
        guard StreamPoll.waitReadable(output.read.raw, until: .now + Self.patience) else {
            end()
            throw Violation("no network namespace could be made with unshare")
        }
        try perform { try CurrentProcess.bringUpLoopback() }
    }

    deinit { end() }

    var path: String { "/proc/\(pid)/ns/net" }

    func descriptor() throws -> SharedDescriptor { try openForReading(path).shared() }

    /// Ends the process, and with it, soon, the namespace.
    func end() {
        // Both fail only when it has ended already.
        try? ProcessDescriptor.signal(pidfd.raw, 9)
        _ = try? ProcessDescriptor.wait(pidfd.raw)
    }

    /// Runs `body` inside, on a thread of its own that ends afterwards.
    func perform<R: Sendable>(_ body: @escaping @Sendable () throws -> R) throws -> R {
        let (path, answer) = (path, Monitor<Result<R, any Error>?>(nil))
        try Thread.spawn(name: "sandbox") {
            let result = Result { try NetworkNamespace(path: path).enter(from: .current()) { try body() } }
            answer.withLock { $0 = result }
            answer.wakeAll()
        }
        return try answer.wait { $0 }!.get()
    }

    // MARK: What is inside

    private func lines(_ file: String) throws -> [Substring] {
        String(decoding: try readFile("/proc/\(pid)/net/\(file)"), as: UTF8.self).split(separator: "\n")
    }

    /// Names of interfaces (proc_pid_net(5), dev).
    func links() throws -> Set<String> {
        Set(try lines("dev").dropFirst(2).map { $0.split(separator: ":")[0].filter { $0 != " " } })
    }

    /// IPv4 addresses of its own (fib_trie: a leaf of `/32 host LOCAL`), loopback's left out.
    func addresses() throws -> Set<String> {
        var (found, leaf) = (Set<String>(), "")
        for line in try lines("fib_trie") {
            let words = line.split(separator: " ")
            if words.first == "|--" { leaf = String(words.last ?? "") }
            if words.suffix(3) == ["/32", "host", "LOCAL"], !leaf.hasPrefix("127.") { found.insert(leaf) }
        }
        return found
    }

    /// All that a driver could leave here; rules of nftables as far as nft(8) is installed.
    func state() throws -> String {
        let routes = try lines("route").sorted().joined(separator: "\n")
        return "links \(try links().sorted())\naddresses \(try addresses().sorted())\nroutes\n\(routes)\n\(try rules())"
    }

    private func rules() throws -> String {
        let program = "/usr/sbin/nft"
        guard fileExists(program) else { return "" }
        let output = try memoryFile([])
        var request = SpawnRequest(
            .path("/usr/bin/nsenter"), arguments: ["nsenter", "--net=\(path)", "--", program, "list", "ruleset"],
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        request.descriptors = [0: try openNullDevice(), 1: output]
        let process = try spawn(request).shared()
        _ = try ProcessDescriptor.wait(process.raw)
        return String(decoding: try RegularFile.readAll(output.raw, limit: 16 << 20), as: UTF8.self)
    }
}
