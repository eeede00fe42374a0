import LinuxSystem
import OCISpec

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
    /// Change what is mounted at the destination instead of mounting.
    var remount = false
    /// Copy what the root has at the destination into the source first, when that is empty.
    var copyUp = false
    /// What is mounted is this path of the source.
    var subpath: String?
    /// Ids go through a mapping; nil when no option asks for one.
    var mapping: Mapping?
    /// Words for the superblock that every file system knows: a bind mount has none of its own.
    var superblock: [String] = []
    /// What is left goes to the file system: `key=value`, or a flag.
    var data: [String] = []

    enum Mapping { case mount, tree }

    init(_ options: [String]) {
        for option in options {
            switch Self.table[option] {
            case .set(let attributes): Self.move(attributes, to: &set, from: &clear)
            case .clear(let attributes): Self.move(attributes, to: &clear, from: &set)
            case .accessTime(let mode): Self.choose(mode, &set, &clear)
            case .recursive(let attributes): Self.move(attributes, to: &recursiveSet, from: &recursiveClear)
            case .recursiveClear(let attributes): Self.move(attributes, to: &recursiveClear, from: &recursiveSet)
            case .recursiveAccessTime(let mode): Self.choose(mode, &recursiveSet, &recursiveClear)
            case .propagation(let value, let recursive): (propagation, propagationIsRecursive) = (value, recursive)
            case .bind(let recursive): (bind, bindIsRecursive) = (true, recursive)
            case .mapping(let mapping): self.mapping = mapping
            case .remount: remount = true
            case .copyUp: copyUp = true
            case .none where option.hasPrefix(RuntimeMountOption.subpath):
                subpath = String(option.dropFirst(RuntimeMountOption.subpath.count))
            case .superblock: superblock.append(option)
            case .none where option.hasPrefix("x-"), .ignored: break
            case .none: data.append(option)
            }
        }
    }

    private static func move(
        _ attributes: MountAttributes, to one: inout MountAttributes, from other: inout MountAttributes
    ) {
        one.formUnion(attributes)
        other.subtract(attributes)
    }

    /// One field of three values: relative is the absence of the others.
    private static func choose(_ mode: MountAttributes, _ set: inout MountAttributes, _ clear: inout MountAttributes) {
        clear.formUnion(.accessTimeMask)
        set.subtract(.accessTimeMask)
        set.formUnion(mode)
    }

    enum Meaning {
        case set(MountAttributes)
        case clear(MountAttributes)
        case accessTime(MountAttributes)
        case recursive(MountAttributes)
        case recursiveClear(MountAttributes)
        case recursiveAccessTime(MountAttributes)
        case propagation(MountPropagation, recursive: Bool)
        case bind(recursive: Bool)
        case mapping(Mapping)
        case remount
        case copyUp
        case superblock
        case ignored
    }

    static let table: [String: Meaning] = [
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
        "rnoatime": .recursiveAccessTime(.noAccessTime), "ratime": .recursiveAccessTime([]),
        "rstrictatime": .recursiveAccessTime(.strictAccessTime), "rnostrictatime": .recursiveAccessTime([]),
        "rrelatime": .recursiveAccessTime([]), "rnorelatime": .recursiveAccessTime([]),
        "private": .propagation(.private, recursive: false), "rprivate": .propagation(.private, recursive: true),
        "slave": .propagation(.slave, recursive: false), "rslave": .propagation(.slave, recursive: true),
        "shared": .propagation(.shared, recursive: false), "rshared": .propagation(.shared, recursive: true),
        "unbindable": .propagation(.unbindable, recursive: false),
        "runbindable": .propagation(.unbindable, recursive: true),
        "bind": .bind(recursive: false), "rbind": .bind(recursive: true), "remount": .remount,
        "idmap": .mapping(.mount), "ridmap": .mapping(.tree),
        "copyup": .copyUp, "tmpcopyup": .copyUp,
        "sync": .superblock, "async": .superblock, "dirsync": .superblock,
        "lazytime": .superblock, "nolazytime": .superblock,
        // For mount(8) and the log only, or of no meaning since Linux 5.15.
        "defaults": .ignored, "loud": .ignored, "silent": .ignored, "mand": .ignored, "nomand": .ignored,
        "iversion": .ignored, "noiversion": .ignored,
    ]

    /// Every word with a meaning of its own.
    static var names: [String] { table.keys.sorted() }

    /// `rootfsPropagation`'s values.
    static func propagation(named name: String) -> (value: MountPropagation, recursive: Bool)? {
        guard case .propagation(let value, let recursive)? = table[name] else { return nil }
        return (value, recursive)
    }
}
