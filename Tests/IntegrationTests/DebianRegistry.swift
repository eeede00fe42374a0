import LinuxSystem
import Testing

/// Debian's docker-registry on a loopback port of its own; ends with the object.
final class DebianRegistry {
    let domain: String
    private let folder: String
    private let pidfd: SharedDescriptor

    /// - Parameter isPrivate: only `user` with the password `secret` may come in.
    init(isPrivate: Bool = false) throws {
        folder = "/tmp/berth-test-registry-\(UInt32.random(in: 0...UInt32.max))"
        try makeDirectory(folder)
        // user:secret, by bcrypt.
        let user = "user:$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a\n"
        try writeFile("\(folder)/htpasswd", Array(user.utf8))
        try writeFile("\(folder)/password", Array("secret\n".utf8))
        var text = """
            version: 0.1
            log: {level: info}
            storage: {filesystem: {rootdirectory: \(folder)/data}}
            http: {addr: "127.0.0.1:0"}

            """
        if isPrivate { text += "auth: {htpasswd: {realm: test, path: \(folder)/htpasswd}}\n" }
        try writeFile("\(folder)/config.yml", Array(text.utf8))
        let log = try openForAppending("\(folder)/log").shared()
        var request = SpawnRequest(
            .path("/usr/bin/docker-registry"), arguments: ["docker-registry", "serve", "\(folder)/config.yml"],
            environment: ["PATH=/usr/bin:/bin", "OTEL_TRACES_EXPORTER=none"])
        request.descriptors = [0: try openNullDevice(), 1: log, 2: log]
        pidfd = try spawn(request).shared()
        domain = try Self.address(in: "\(folder)/log", of: pidfd)
    }

    private static func address(in log: String, of process: SharedDescriptor) throws -> String {
        let marker = "listening on 127.0.0.1:"
        for _ in 0..<1000 {
            let text = String(decoding: try readFile(log), as: UTF8.self)
            if let line = text.split(separator: "\n").first(where: { $0.contains(marker) }) {
                return "localhost:\(line.split(separator: marker)[1].prefix { $0.isNumber })"
            }
            if try ProcessDescriptor.waitUntilEnded(process.raw, milliseconds: 20) { break }
        }
        throw SystemError(.noProcess, "docker-registry", String(decoding: try readFile(log), as: UTF8.self))
    }

    /// What a daemon needs to be let in.
    var settings: String {
        """
        [plugin.distribution.registries."\(domain)"]
        username = "user"
        passwordFile = "\(folder)/password"

        """
    }

    deinit {
        // Each fails only when it is gone already.
        try? ProcessDescriptor.signal(pidfd.raw, 9)
        _ = try? ProcessDescriptor.wait(pidfd.raw)
        try? removeDirectory(folder)
    }
}
