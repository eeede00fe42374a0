import LinuxSystem

/// Writes files of a tree into a tar, one after another. The tree may change meanwhile: what is written is what was
/// opened, never what took its place, and never anything that a link leads to.
package final class EntryPacker {
    /// How holes in files are written.
    package enum Holes: Sendable {
        /// As holes, which not every reader of layers understands.
        case kept
        /// As zeros.
        case filled
    }

    /// A file with more parts than this is written with its holes filled.
    private static let regionLimit = 4096
    /// Attributes that mean something on this host only, or to the file system that the tree is on.
    private static let skippedPrefixes: [StaticString] = ["trusted.overlay.", "user.overlay.", "security.selinux"]

    private struct FileKey: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private let tar: TarWriter
    private let holes: Holes
    private let checkpoint: () throws -> Void
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    private let zeros = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
    /// Names under which files with several names were written first.
    private var linked: [FileKey: BytePath] = [:]

    /// - Parameter checkpoint: called before each piece of content; what it throws ends the work.
    package init(_ tar: TarWriter, holes: Holes, checkpoint: @escaping () throws -> Void = {}) {
        self.tar = tar
        self.holes = holes
        self.checkpoint = checkpoint
        zeros.initializeMemory(as: UInt8.self, repeating: 0)
    }

    deinit {
        buffer.deallocate()
        zeros.deallocate()
    }

    /// Writes one entry of an open folder; of a folder the entry alone.
    ///
    /// - Returns: false for what a tar cannot hold (a socket), and what is gone meanwhile.
    package func write(_ folder: CInt, _ name: BytePath, as path: BytePath) throws -> Bool {
        try checkpoint()
        guard let status = try Self.status(folder, name), let type = status.type else { return false }
        switch type {
        case .socket: return false
        case .regular: return try writeFile(folder, name, as: path)
        case .directory:
            guard
                let child = try Self.present({ () throws(SystemError) in
                    try DirectoryEntry.openChildFolder(folder, name)
                })
            else { return false }
            try writeFolder(child.raw, as: path)
        case .symbolicLink, .characterDevice, .blockDevice, .fifo:
            try writeNode(folder, name, status, as: path)
        }
        return true
    }

    /// Writes the entry of an open folder.
    package func writeFolder(_ folder: CInt, as path: BytePath) throws {
        var header = TarHeader(path, try OpenFile.status(folder))
        header.attributes = try Self.attributes(of: folder)
        try tar.begin(header)
    }

    /// Writes an empty file: a mark.
    package func writeMark(_ path: BytePath) throws {
        try tar.begin(TarHeader(mark: path))
    }

    package func finish() throws { try tar.finish() }

    // MARK: Kinds

    private func writeNode(_ folder: CInt, _ name: BytePath, _ status: FileStatus, as path: BytePath) throws {
        if try writeHardLink(status, as: path) { return }
        var header = TarHeader(path, status)
        if status.type == .symbolicLink { header.target = try DirectoryEntry.linkTarget(folder, name) }
        header.device = status.deviceNumbers
        for attribute in try ExtendedAttributes.names(folder, entry: name) where !Self.isSkipped(attribute) {
            guard let value = try ExtendedAttributes.get(folder, entry: name, attribute) else { continue }
            header.attributes.append((attribute, value))
        }
        try tar.begin(header)
    }

    private func writeFile(_ folder: CInt, _ name: BytePath, as path: BytePath) throws -> Bool {
        guard let file = try Self.present({ () throws(SystemError) in try DirectoryEntry.openFile(folder, name) })
        else { return false }
        let status = try OpenFile.status(file.raw)
        // Something else has taken the name since it was looked at.
        guard status.type == .regular else { return false }
        if try writeHardLink(status, as: path) { return true }
        var header = TarHeader(path, status)
        header.size = status.size
        header.attributes = try Self.attributes(of: file.raw)
        let regions =
            status.allocated >= status.size
            ? nil : try FileRegions.list(file.raw, size: status.size, limit: Self.regionLimit)
        if holes == .kept { header.regions = regions.map { Self.closed($0, size: status.size) } }
        try tar.begin(header)
        try writeContent(of: file.raw, size: status.size, regions: regions ?? [0..<status.size])
        return true
    }

    /// A map that ends with the file, as the format wants it.
    private static func closed(_ regions: [Range<Int64>], size: Int64) -> [Range<Int64>] {
        regions.isEmpty ? [size..<size] : regions
    }

    /// Whether the file was written before, under another name.
    private func writeHardLink(_ status: FileStatus, as path: BytePath) throws -> Bool {
        guard status.links > 1 else { return false }
        let key = FileKey(device: status.device, inode: status.inode)
        guard let first = linked[key] else {
            linked[key] = path
            return false
        }
        var header = TarHeader(path, status)
        header.hardLink = first
        try tar.begin(header)
        return true
    }

    // MARK: Content

    /// Exactly `size` bytes, whatever becomes of the file: cut off, or filled with zeros.
    private func writeContent(of file: CInt, size: Int64, regions: [Range<Int64>]) throws {
        var position: Int64 = 0
        for region in regions where !region.isEmpty {
            try writeZeros(region.lowerBound - position)
            position = region.lowerBound
            while position < region.upperBound {
                try checkpoint()
                let wanted = Int(min(Int64(buffer.count), region.upperBound - position))
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted])
                let count = try RegularFile.read(file, into: part, at: position)
                if count == 0 { break }
                try tar.write(UnsafeRawBufferPointer(rebasing: part[..<count]))
                position += Int64(count)
            }
        }
        try writeZeros(size - position)
    }

    private func writeZeros(_ count: Int64) throws {
        var left = count
        while left > 0 {
            try checkpoint()
            let part = min(left, Int64(zeros.count))
            try tar.write(UnsafeRawBufferPointer(rebasing: zeros[..<Int(part)]))
            left -= part
        }
    }

    // MARK: Looking

    /// A file's or folder's attributes that a tar takes along, sorted by name.
    package static func attributes(of file: CInt) throws(SystemError) -> [(name: BytePath, value: [UInt8])] {
        var attributes: [(name: BytePath, value: [UInt8])] = []
        let names: [BytePath]
        do {
            names = try ExtendedAttributes.names(file)
        } catch {
            guard error.errno == .notSupported else { throw error }
            return []
        }
        for name in names.sorted(by: { $0.bytes.lexicographicallyPrecedes($1.bytes) }) where !isSkipped(name) {
            guard let value = try ExtendedAttributes.get(file, name) else { continue }
            attributes.append((name, value))
        }
        return attributes
    }

    private static func isSkipped(_ attribute: BytePath) -> Bool {
        // A pax record's key ends at the first "=".
        attribute.contains("=") || skippedPrefixes.contains { attribute.hasPrefix($0) }
    }

    private static func status(_ folder: CInt, _ name: BytePath) throws(SystemError) -> FileStatus? {
        do {
            return try DirectoryEntry.status(folder, name)
        } catch {
            guard error.errno == .noEntry else { throw error }
            return nil
        }
    }

    /// Nil for what is gone, or was replaced by something of another type, since it was looked at.
    private static func present(
        _ open: () throws(SystemError) -> Descriptor
    ) throws(SystemError) -> SharedDescriptor? {
        do {
            return try open().shared()
        } catch {
            guard [.noEntry, .notDirectory, .tooManyLinks].contains(error.errno) else { throw error }
            return nil
        }
    }
}

extension TarHeader {
    fileprivate init(mark path: BytePath) {
        name = path
        type = .regular
        mode = 0
        user = 0
        group = 0
        modified = FileTime(seconds: 0, nanoseconds: 0)
    }
}
