import BerthAPI
import JSON
import LinuxSystem

/// `--security-opt`: `no-new-privileges`, `seccomp=FILE|unconfined|builtin`, `apparmor=PROFILE`, `label=PART`,
/// `systempaths=unconfined`, and podman's `mask=PATHS` and `unmask=PATHS`.
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
        case ("label", let part?) where isLabel(part): options.labels = (options.labels ?? []) + [part]
        case ("mask", let list?): options.maskedPaths = (options.maskedPaths ?? []) + (try paths(list, text))
        case ("unmask", "ALL"), ("unmask", "all"): options.unmaskSystemPaths = true
        case ("unmask", let list?): options.unmaskedPaths = (options.unmaskedPaths ?? []) + (try paths(list, text))
        default: throw InvalidInput("invalid --security-opt: \"\(text)\"")
        }
    }

    private static func isLabel(_ part: String) -> Bool {
        let (key, value) = part.splitOnce(":")
        return part == "disable" || ["user", "role", "type", "level"].contains(key) && value?.isEmpty == false
    }

    /// Separated by colons.
    private static func paths(_ list: String, _ text: String) throws(InvalidInput) -> [String] {
        let paths = list.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard paths.allSatisfy({ $0.hasPrefix("/") }) else {
            throw InvalidInput("invalid --security-opt: \"\(text)\": an absolute path expected")
        }
        return paths
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
