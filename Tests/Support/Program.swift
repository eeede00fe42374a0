import LinuxSystem

/// What a program printed, and how it ended.
public struct Output: Equatable, Sendable {
    public var text: String
    public var code: CInt

    public init(text: String, code: CInt) {
        self.text = text
        self.code = code
    }

    public var lines: [String] { text.split(separator: "\n").map(String.init) }
}

/// Runs a program to its end, stdout and stderr together.
public func run(_ arguments: [String], environment: [String] = []) throws -> Output {
    let file = "/tmp/berth-test-output-\(UInt64.random(in: 0...UInt64.max))"
    defer { try? removeFile(file) }
    let output = try openForAppending(file).shared()
    let hasPath = environment.contains { $0.hasPrefix("PATH=") }
    var request = SpawnRequest(
        .path("/usr/bin/env"), arguments: ["env"] + arguments,
        environment: environment + (hasPath ? [] : ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"]))
    request.descriptors = [0: try openNullDevice(), 1: output, 2: output]
    let pidfd = try spawn(request).shared()
    let status = try ProcessDescriptor.wait(pidfd.raw)
    return Output(text: String(decoding: try readFile(file), as: UTF8.self), code: status?.code ?? -1)
}
