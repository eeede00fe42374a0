import LinuxSystem

/// What an entry's header says.
package struct TarHeader {
    package var name: BytePath
    package var type: FileType
    package var mode: UInt32
    package var user: UInt32
    package var group: UInt32
    /// Bytes, holes included; 0 for what is no regular file.
    package var size: Int64 = 0
    package var modified: FileTime
    package var device: (major: UInt32, minor: UInt32) = (0, 0)
    /// Of a symbolic link.
    package var target: BytePath?
    /// The name of an earlier entry that is the same file.
    package var hardLink: BytePath?
    package var attributes: [(name: BytePath, value: [UInt8])] = []
    /// The parts with content; nil for all of it.
    package var regions: [Range<Int64>]?

    package init(_ name: BytePath, _ status: FileStatus) {
        self.name = name
        type = status.type ?? .regular
        mode = status.mode
        user = status.user
        group = status.group
        modified = status.modified
    }
}
