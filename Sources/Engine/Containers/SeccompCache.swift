import BerthAPI
import JSON
import LinuxSystem
import OCISpec
import SeccompFilter
import Synchronization

/// Compiled seccomp filters, one file for each set of capabilities or custom profile: compiled once, read by shims.
final class SeccompCache: Sendable {
    private let folder: String
    private let compiled = Mutex<[String: String]>([:])

    /// - Parameter folder: Absolute; emptied and made anew by each daemon, since the profile may have changed.
    init(folder: String) throws {
        self.folder = folder
        try makeDirectory(folder)
    }

    /// - Returns: The filter's path; nil when the container runs unconfined.
    func path(for options: SecurityOptions?) throws -> String? {
        if options?.seccompProfile == "unconfined" { return nil }
        let capabilities = try CapabilitySet.resolve(options)
        let key = options?.seccompProfile ?? capabilities.joined(separator: ",")
        if let path = compiled.withLock({ $0[key] }) { return path }
        let filter: [UInt8]
        if let custom = options?.seccompProfile {
            filter = try compile(custom: custom, capabilities: capabilities)
        } else {
            filter = try SeccompFilter.compile(SeccompFilter.defaultProfile(capabilities: Set(capabilities)))
        }
        let path = "\(folder)/\(compiled.withLock { $0.count })-\(UInt32.random(in: 0...UInt32.max)).bpf"
        try writeFile(path, filter, mode: 0o600, durable: false)
        compiled.withLock { $0[key] = path }
        return path
    }

    private func compile(custom: String, capabilities: [String]) throws -> [UInt8] {
        do {
            return try SeccompFilter.compile(JSON(parsing: custom).decode(SeccompProfile.self))
        } catch {
            throw BerthError(.invalidArgument, "seccomp profile: \(error)")
        }
    }
}
