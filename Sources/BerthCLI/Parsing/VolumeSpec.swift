import BerthAPI
import LinuxSystem

/// `-v`: `[source:]target[:options]`. A source that begins with `/`, `./` or `../` is a host path, any other the name
/// of a volume.
public enum VolumeSpec {
    static let propagations: Set<String> = ["private", "rprivate", "shared", "rshared", "slave", "rslave"]
    /// Accepted and without effect: consistency is macOS's, relabelling is SELinux's.
    private static let ignored: Set<String> = ["consistent", "cached", "delegated", "z", "Z"]

    public static func parse(_ text: String) throws(InvalidInput) -> MountRequest {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains("") else { throw InvalidInput("invalid spec: \(text): empty section between colons") }
        switch parts.count {
        case 1: return try MountRequest(kind: .volume, target: target(parts[0], text))
        case 2: return try request(parts[0], target(parts[1], text))
        case 3:
            var mount = try request(parts[0], target(parts[1], text))
            try apply(parts[2], to: &mount)
            return mount
        default: throw InvalidInput("invalid volume specification: '\(text)'")
        }
    }

    private static func request(_ source: String, _ target: String) throws(InvalidInput) -> MountRequest {
        if let path = hostPath(source) {
            var mount = MountRequest(kind: .bind, source: path, target: target)
            mount.createSource = true
            return mount
        }
        try checkName(source)
        return MountRequest(kind: .volume, source: source, target: target)
    }

    /// The absolute path for a source that is one; nil for a volume's name.
    static func hostPath(_ source: String) -> String? {
        if source.hasPrefix("/") { return source }
        guard source == "." || source == ".." || source.hasPrefix("./") || source.hasPrefix("../") else { return nil }
        return absolutePath(source, in: currentDirectory())
    }

    static func checkName(_ name: String) throws(InvalidInput) {
        let rest = name.utf8.dropFirst()
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        }
        if name.utf8.count == 1, name.utf8.allSatisfy(isAlphanumeric) {
            throw InvalidInput("volume name is too short, names should be at least two alphanumeric characters")
        }
        guard let first = name.utf8.first, isAlphanumeric(first), !rest.isEmpty,
            rest.allSatisfy({ isAlphanumeric($0) || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d })
        else {
            throw InvalidInput(
                "\"\(name)\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\""
                    + " are allowed. If you intended to pass a host directory, use absolute path")
        }
    }

    private static func target(_ path: String, _ text: String) throws(InvalidInput) -> String {
        guard path.hasPrefix("/") else {
            throw InvalidInput("invalid volume specification: '\(text)': the target '\(path)' must be an absolute path")
        }
        guard path.contains(where: { $0 != "/" && $0 != "." }) else {
            throw InvalidInput("invalid volume specification: '\(text)': destination can't be '/'")
        }
        return path
    }

    private static func apply(_ options: String, to mount: inout MountRequest) throws(InvalidInput) {
        for option in options.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
            switch option {
            case "ro": mount.readOnly = true
            case "rw": mount.readOnly = false
            case "nocopy" where mount.kind == .volume: mount.noCopy = true
            case _ where propagations.contains(option) && mount.kind == .bind: mount.propagation = option
            case _ where ignored.contains(option): break
            default: throw InvalidInput("invalid mode: \(options)")
            }
        }
    }
}
