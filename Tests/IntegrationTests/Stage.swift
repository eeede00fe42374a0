import LinuxSystem

/// The staged installation that `make test` has laid out.
enum Stage {
    static let path = environmentVariable("BERTH_STAGE") ?? ""
    /// The tree that this test is of.
    static let repository = parentDirectory(parentDirectory(parentDirectory(#filePath)))
    static var berth: String { "\(path)/bin/berth" }
    static var berthd: String { "\(path)/bin/berthd" }
    static var isThere: Bool { !path.isEmpty && fileExists(berthd) && fileExists(berth) }
}

/// What a program printed, and how it ended.
struct Output: Sendable {
    var text: String
    var code: CInt
    var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// Runs a program to its end, stdout and stderr together.
func run(_ arguments: [String], environment: [String] = []) throws -> Output {
    let file = "/tmp/berth-test-output-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? removeFile(file) }
    let output = try openForAppending(file).shared()
    var request = SpawnRequest(
        .path("/usr/bin/env"), arguments: ["env"] + arguments,
        environment: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] + environment)
    request.descriptors = [0: try openNullDevice(), 1: output, 2: output]
    let pidfd = try spawn(request).shared()
    let status = try ProcessDescriptor.wait(pidfd.raw)
    return Output(text: String(decoding: try readFile(file), as: UTF8.self), code: status?.code ?? -1)
}
