import LinuxSystem
import Testing

/// Programs of the host that a test prepares something with.
enum HostCommand {
    /// Runs one to its end; what it wrote, without the last newline.
    @discardableResult
    static func run(_ words: String...) throws -> String { try run(words) }

    @discardableResult
    static func run(_ words: [String]) throws -> String {
        let output = try MemoryFileDescriptor("output")
        var request = SpawnRequest(
            .path("/bin/sh"), arguments: ["sh", "-c", "exec \"$@\"", "sh"] + words,
            environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"])
        let descriptor = try SharedDescriptor(borrowing: output.raw)
        request.descriptors = [1: descriptor, 2: descriptor]
        let process = try spawn(request)
        let status = try ProcessDescriptor.wait(process.pidfd.raw)
        let text = String(decoding: try output.contents(), as: UTF8.self)
        try #require(status?.code == 0, "\(words): \(text)")
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    static func exists(_ name: String) -> Bool {
        ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { fileExists("\($0)/\(name)") }
    }
}
