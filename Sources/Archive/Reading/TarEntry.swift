import CArchive
import LinuxSystem

/// One entry of an archive, as its header says it. Valid until the reader's next entry.
package struct TarEntry {
    package enum Kind: Hashable {
        case regular
        case directory
        case symbolicLink
        case hardLink
        case device(FileType)
    }

    private let entry: OpaquePointer

    init(_ entry: OpaquePointer) { self.entry = entry }

    /// The name's bytes, in no particular encoding.
    package var name: BytePath {
        guard let name = archive_entry_pathname(entry) else { return BytePath("") }
        return BytePath(bytes(name))!
    }

    /// Where a link leads: a path for a symbolic link, another entry's name for a hard link.
    var target: BytePath? {
        let target = archive_entry_hardlink(entry) ?? archive_entry_symlink(entry)
        return target.flatMap { BytePath(bytes($0)) }
    }

    /// Nil for what a layer cannot hold: a socket, a type of another system.
    var kind: Kind? {
        if archive_entry_hardlink(entry) != nil { return .hardLink }
        return switch FileType(rawValue: UInt32(archive_entry_filetype(entry))) {
        case .regular: .regular
        case .directory: .directory
        case .symbolicLink: .symbolicLink
        case .characterDevice: .device(.characterDevice)
        case .blockDevice: .device(.blockDevice)
        case .fifo: .device(.fifo)
        default: nil
        }
    }

    var mode: UInt32 { UInt32(archive_entry_perm(entry)) & 0o7777 }
    var user: Int64 { Int64(archive_entry_uid(entry)) }
    var group: Int64 { Int64(archive_entry_gid(entry)) }
    /// Bytes, holes included.
    var size: Int64 { archive_entry_size_is_set(entry) != 0 ? Int64(archive_entry_size(entry)) : 0 }

    var modified: FileTime {
        FileTime(seconds: Int64(archive_entry_mtime(entry)), nanoseconds: Int(archive_entry_mtime_nsec(entry)))
    }

    /// A device's major and minor number.
    var device: (major: UInt64, minor: UInt64) {
        (UInt64(archive_entry_rdevmajor(entry)), UInt64(archive_entry_rdevminor(entry)))
    }

    var attributeCount: Int { Int(archive_entry_xattr_count(entry)) }

    func forEachAttribute(
        _ body: (BytePath, UnsafeRawBufferPointer) throws(LayerError) -> Void
    ) throws(LayerError) {
        archive_entry_xattr_reset(entry)
        var (name, value, count) = (UnsafePointer<CChar>?.none, UnsafeRawPointer?.none, 0)
        while archive_entry_xattr_next(entry, &name, &value, &count) == ARCHIVE_OK {
            try body(BytePath(bytes(name!))!, UnsafeRawBufferPointer(start: value, count: count))
        }
    }
}

private func bytes(_ string: UnsafePointer<CChar>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: string, count: cStringLength(string))
}
