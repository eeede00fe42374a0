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

    /// What a container's runtime is told: Berth's own loads a compiled filter, another compiles the profile itself.
    ///
    /// - Throws: `invalidArgument` for a profile that is none.
    func form(for options: SecurityOptions?, foreign: Bool) throws -> SpecBuilder.Seccomp {
        guard let profile = try profile(for: options) else { return .unconfined }
        return foreign ? .profile(profile) : .compiled(try path(profile, options))
    }

    private func path(_ profile: SeccompProfile, _ options: SecurityOptions?) throws -> String {
        let names = try CapabilitySet.resolve(options).joined(separator: ",")
        let key = options?.seccompProfile.map { "\(names)\n\($0)" } ?? names
        if let path = compiled.withLock({ $0[key] }) { return path }
        let filter: [UInt8]
        do {
            filter = try SeccompFilter.compile(profile)
        } catch {
            throw BerthError(.invalidArgument, "seccomp profile: \(error)")
        }
        let path = "\(folder)/\(compiled.withLock { $0.count })-\(UInt32.random(in: 0...UInt32.max)).bpf"
        try writeFile(path, filter, mode: 0o600, durable: false)
        compiled.withLock { $0[key] = path }
        return path
    }

    /// - Returns: The profile in the runtime specification's words; nil when the container runs unconfined.
    private func profile(for options: SecurityOptions?) throws -> SeccompProfile? {
        if options?.seccompProfile == "unconfined" { return nil }
        if options?.privileged == true, options?.seccompProfile == nil { return nil }
        let capabilities = Set(try CapabilitySet.resolve(options))
        guard let custom = options?.seccompProfile else {
            return SeccompFilter.defaultProfile(capabilities: capabilities)
        }
        do {
            let profile = try JSON(parsing: custom).decode(SeccompProfile.self)
            return SeccompFilter.decided(profile, capabilities: capabilities)
        } catch {
            throw BerthError(.invalidArgument, "seccomp profile: \(error)")
        }
    }
}
