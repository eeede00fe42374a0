import BerthAPI
import LinuxSystem

/// The label of a container's processes where the host has SELinux: `user:role:type:level`.
struct SELinuxLabel: Hashable, CustomStringConvertible {
    var user = "system_u"
    var role = "system_r"
    var type = "container_t"
    var level = "s0"

    var description: String { "\(user):\(role):\(type):\(level)" }

    /// The parts that `--security-opt label=` names, over the usual ones.
    init(_ parts: [String]) {
        for part in parts {
            let value = String(part.drop { $0 != ":" }.dropFirst())
            switch part.prefix(while: { $0 != ":" }) {
            case "user": user = value
            case "role": role = value
            case "type": type = value
            case "level": level = value
            default: continue
            }
        }
    }

    /// nil when none was asked for, it was switched off, or the host has none to give.
    static func ofProcess(_ options: SecurityOptions?) -> String? {
        guard let parts = options?.labels, !parts.contains("disable"), fileExists("/sys/fs/selinux/enforce") else {
            return nil
        }
        return SELinuxLabel(parts).description
    }
}
