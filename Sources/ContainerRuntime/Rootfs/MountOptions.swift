import LinuxSystem

/// Options of a mount (config.md, "Linux mount options"), sorted into what the mount calls take.
struct MountOptions {
    var set: MountAttributes = []
    var clear: MountAttributes = []
    /// For the mount and all below it.
    var recursiveSet: MountAttributes = []
    var recursiveClear: MountAttributes = []
    var propagation: MountPropagation?
    var propagationIsRecursive = false
    var bind = false
    var bindIsRecursive = false
    /// Copy what the root has at the destination into the source first, when that is empty.
    var copyUp = false
    /// What is left goes to the file system: `key=value`, or a flag.
    var data: [String] = []

    init(_ options: [String]) {
        for option in options {
            switch Self.table[option] {
            case .set(let attributes): set.formUnion(attributes); clear.subtract(attributes)
            case .clear(let attributes): clear.formUnion(attributes); set.subtract(attributes)
            case .accessTime(let attributes): clear.formUnion(.accessTimeMask); set.formUnion(attributes)
            case .recursive(let attributes): recursiveSet.formUnion(attributes)
            case .recursiveClear(let attributes): recursiveClear.formUnion(attributes)
            case .propagation(let value, let recursive): (propagation, propagationIsRecursive) = (value, recursive)
            case .bind(let recursive): (bind, bindIsRecursive) = (true, recursive)
            case .copyUp: copyUp = true
            case .none where option.hasPrefix("x-"), .ignored: break
            case .none: data.append(option)
            }
        }
    }

    private enum Meaning {
        case set(MountAttributes)
        case clear(MountAttributes)
        case accessTime(MountAttributes)
        case recursive(MountAttributes)
        case recursiveClear(MountAttributes)
        case propagation(MountPropagation, recursive: Bool)
        case bind(recursive: Bool)
        case copyUp
        case ignored
    }

    private static let table: [String: Meaning] = [
        "ro": .set(.readOnly), "rw": .clear(.readOnly),
        "nosuid": .set(.noSUID), "suid": .clear(.noSUID),
        "nodev": .set(.noDevices), "dev": .clear(.noDevices),
        "noexec": .set(.noExecution), "exec": .clear(.noExecution),
        "nodiratime": .set(.noDirectoryAccessTime), "diratime": .clear(.noDirectoryAccessTime),
        "nosymfollow": .set(.noSymlinkFollow), "symfollow": .clear(.noSymlinkFollow),
        "noatime": .accessTime(.noAccessTime), "atime": .accessTime([]),
        "strictatime": .accessTime(.strictAccessTime), "nostrictatime": .accessTime([]),
        "relatime": .accessTime([]), "norelatime": .accessTime([]),
        "rro": .recursive(.readOnly), "rrw": .recursiveClear(.readOnly),
        "rnosuid": .recursive(.noSUID), "rsuid": .recursiveClear(.noSUID),
        "rnodev": .recursive(.noDevices), "rdev": .recursiveClear(.noDevices),
        "rnoexec": .recursive(.noExecution), "rexec": .recursiveClear(.noExecution),
        "rnodiratime": .recursive(.noDirectoryAccessTime), "rdiratime": .recursiveClear(.noDirectoryAccessTime),
        "rnosymfollow": .recursive(.noSymlinkFollow), "rsymfollow": .recursiveClear(.noSymlinkFollow),
        "private": .propagation(.private, recursive: false), "rprivate": .propagation(.private, recursive: true),
        "slave": .propagation(.slave, recursive: false), "rslave": .propagation(.slave, recursive: true),
        "shared": .propagation(.shared, recursive: false), "rshared": .propagation(.shared, recursive: true),
        "unbindable": .propagation(.unbindable, recursive: false),
        "runbindable": .propagation(.unbindable, recursive: true),
        "bind": .bind(recursive: false), "rbind": .bind(recursive: true),
        "copyup": .copyUp, "tmpcopyup": .copyUp,
        "defaults": .ignored, "remount": .ignored,
    ]

    /// `rootfsPropagation`'s values.
    static func propagation(named name: String) -> (value: MountPropagation, recursive: Bool)? {
        guard case .propagation(let value, let recursive)? = table[name] else { return nil }
        return (value, recursive)
    }
}
