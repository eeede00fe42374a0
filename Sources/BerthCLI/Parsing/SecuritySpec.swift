import BerthAPI
import JSON
import LinuxSystem

/// `--security-opt`: `no-new-privileges`, `seccomp=FILE|unconfined`, `apparmor=PROFILE`, `systempaths=unconfined`.
public enum SecuritySpec {
    /// A profile larger than this is refused.
    private static let maximumProfile = 1 << 20

    static func apply(_ text: String, to options: inout SecurityOptions) throws(InvalidInput) {
        // docker still takes a colon for the equals sign.
        let separator: Character = text.contains("=") ? "=" : ":"
        let (key, value) = text.splitOnce(separator)
        switch (key, value) {
        case ("no-new-privileges", nil): options.noNewPrivileges = true
        case ("no-new-privileges", "true"): options.noNewPrivileges = true
        case ("no-new-privileges", "false"): options.noNewPrivileges = false
        case ("seccomp", "unconfined"): options.seccompProfile = "unconfined"
        case ("seccomp", "builtin"): options.seccompProfile = nil
        case ("seccomp", let path?) where !path.isEmpty: options.seccompProfile = try profile(path)
        case ("apparmor", let name?) where !name.isEmpty: options.apparmorProfile = name
        case ("systempaths", "unconfined"): options.unmaskSystemPaths = true
        case ("label", "disable"): break
        default: throw InvalidInput("invalid --security-opt: \"\(text)\"")
        }
    }

    private static func profile(_ path: String) throws(InvalidInput) -> String {
        let bytes: [UInt8]
        do {
            bytes = try readFile(path, limit: maximumProfile)
        } catch {
            throw InvalidInput("opening seccomp profile (\(path)) failed: \(error.errno)")
        }
        do {
            return try JSON(parsing: bytes).description
        } catch {
            throw InvalidInput("the seccomp profile (\(path)) is not JSON: \(error)")
        }
    }
}
