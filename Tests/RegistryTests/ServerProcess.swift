import Glibc
import LinuxSystem
import Testing

/// A helper program that runs as long as the test, and says on its output when it is ready.
final class ServerProcess: Sendable {
    /// The line that said so.
    let greeting: String
    private let pidfd: SharedDescriptor
    private let output: SharedDescriptor

    /// - Parameter isReady: is asked of each line of the output.
    init(_ arguments: [String], isReady: (String) -> Bool) throws {
        (pidfd, output) = try Self.start(arguments)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(output.raw, &byte, 1)
            guard count == 1 else { throw Failure(description: "\(arguments[0]) ended before it was ready") }
            guard byte == 10 else {
                line.append(byte)
                continue
            }
            let text = String(decoding: line, as: UTF8.self)
            if isReady(text) {
                greeting = text
                break
            }
            line = []
        }
        // What it says from now on is read away, so that it never waits for us.
        let drained = output
        try Thread.spawn(name: "drain") {
            var buffer = [UInt8](repeating: 0, count: 4096)
            while read(drained.raw, &buffer, buffer.count) > 0 {}
        }
    }

    /// The pipe's other end is the child's alone: when it ends, so does its output.
    private static func start(_ arguments: [String]) throws -> (pidfd: SharedDescriptor, output: SharedDescriptor) {
        let pipe = try Pipe().shared()
        var request = SpawnRequest(.path(arguments[0]), arguments: arguments, environment: ["PATH=/usr/bin:/bin"])
        request.descriptors = [1: pipe.write, 2: pipe.write]
        return (try spawn(request).shared(), pipe.read)
    }

    deinit {
        // Both fail only when it has ended already.
        try? ProcessDescriptor.signal(pidfd.raw, SIGKILL)
        _ = try? ProcessDescriptor.wait(pidfd.raw)
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    /// Runs a program to its end.
    static func run(_ arguments: String...) throws {
        let null = try openNullDevice()
        var request = SpawnRequest(
            .path(arguments[0]), arguments: arguments, environment: ["PATH=/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/tmp"])
        request.descriptors = [0: null, 1: null, 2: try SharedDescriptor(borrowing: 2)]
        let process = try spawn(request)
        let status = try ProcessDescriptor.wait(process.pidfd.raw)
        try #require(status == .exited(code: 0), "\(arguments.joined(separator: " "))")
    }
}
