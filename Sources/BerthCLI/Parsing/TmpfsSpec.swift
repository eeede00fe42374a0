import BerthAPI

/// `--tmpfs`: `/run` or `/run:rw,noexec,size=64m,mode=1777`.
public enum TmpfsSpec {
    private static let flags: Set<String> = [
        "exec", "noexec", "suid", "nosuid", "dev", "nodev", "atime", "noatime", "diratime", "nodiratime", "relatime",
        "norelatime", "strictatime", "nostrictatime", "sync", "async", "dirsync", "mand", "nomand",
    ]

    public static func parse(_ text: String) throws(InvalidInput) -> MountRequest {
        let (target, options) = text.splitOnce(":")
        guard target.hasPrefix("/") else {
            throw InvalidInput("invalid tmpfs target '\(target)': it must be an absolute path")
        }
        var mount = MountRequest(kind: .tmpfs, target: target)
        for option in (options ?? "").split(separator: ",") {
            let (key, value) = option.splitOnce("=")
            switch (key, value) {
            case ("ro", nil): mount.readOnly = true
            case ("rw", nil): mount.readOnly = false
            case ("size", let value?):
                guard let size = ByteSize.parse(value) else { throw InvalidInput("invalid tmpfs size: \(value)") }
                mount.tmpfsSize = size
            case ("mode", let value?):
                guard let mode = Int(value, radix: 8), (0...0o7777).contains(mode) else {
                    throw InvalidInput("invalid tmpfs mode: \(value)")
                }
                mount.tmpfsMode = mode
            case (_, nil) where flags.contains(key),
                ("uid", _?), ("gid", _?), ("nr_inodes", _?), ("nr_blocks", _?), ("mpol", _?):
                mount.tmpfsOptions = (mount.tmpfsOptions ?? []) + [String(option)]
            default: throw InvalidInput("invalid tmpfs option \"\(option)\"")
            }
        }
        return mount
    }
}
