import LinuxSystem

/// The blocks of 512 bytes before an entry's content: its ustar header, and before that an extended header with what
/// does not fit.
struct TarBlocks {
    private static let nameWidth = 100
    private static let prefixWidth = 155

    private(set) var bytes: [UInt8] = []
    private var records: [UInt8] = []

    /// - Parameters:
    ///   - stored: bytes of content that follow.
    ///   - isSparse: whether a map of the file's parts is the first of them.
    init(_ header: TarHeader, stored: Int64, isSparse: Bool) {
        var block = [UInt8](repeating: 0, count: 512)
        let isFolder = header.type == .directory && header.hardLink == nil
        let name = Array(header.name.bytes) + (isFolder && header.name.bytes.last != 0x2f ? [0x2f] : [])
        putName(name, isSparse: isSparse, size: header.size, into: &block)
        Self.octal(Int64(header.mode), at: 100, width: 8, in: &block)
        putNumber("uid", Int64(header.user), at: 108, width: 8, in: &block)
        putNumber("gid", Int64(header.group), at: 116, width: 8, in: &block)
        putNumber("size", stored, at: 124, width: 12, in: &block)
        putNumber("mtime", header.modified.seconds, at: 136, width: 12, in: &block)
        block[156] = Self.type(header)
        putLink(header.hardLink ?? header.target, into: &block)
        if header.type == .characterDevice || header.type == .blockDevice {
            Self.octal(Int64(header.device.major), at: 329, width: 8, in: &block)
            Self.octal(Int64(header.device.minor), at: 337, width: 8, in: &block)
        }
        for (name, value) in header.attributes { record(Array("SCHILY.xattr.".utf8) + name.bytes, value) }
        if !records.isEmpty { addExtendedHeader() }
        Self.seal(&block)
        bytes += block
    }

    private static func type(_ header: TarHeader) -> UInt8 {
        if header.hardLink != nil { return 0x31 }
        return switch header.type {
        case .symbolicLink: 0x32
        case .characterDevice: 0x33
        case .blockDevice: 0x34
        case .directory: 0x35
        case .fifo: 0x36
        case .regular, .socket: 0x30
        }
    }

    // MARK: Names

    private mutating func putName(_ name: [UInt8], isSparse: Bool, size: Int64, into block: inout [UInt8]) {
        if isSparse {
            record("GNU.sparse.major", Array("1".utf8))
            record("GNU.sparse.minor", Array("0".utf8))
            record("GNU.sparse.name", name)
            record("GNU.sparse.realsize", Array(String(size).utf8))
            return Self.put(Array("GNUSparseFile.0".utf8), at: 0, in: &block)
        }
        if Self.isPlain(name), let (prefix, rest) = Self.split(name) {
            Self.put(prefix, at: 345, in: &block)
            return Self.put(rest, at: 0, in: &block)
        }
        recordText("path", name)
        Self.put(Array(name.prefix(Self.nameWidth)), at: 0, in: &block)
    }

    private mutating func putLink(_ target: BytePath?, into block: inout [UInt8]) {
        guard let target = target.map({ Array($0.bytes) }) else { return }
        if !Self.isPlain(target) || target.count > Self.nameWidth { recordText("linkpath", target) }
        Self.put(Array(target.prefix(Self.nameWidth)), at: 157, in: &block)
    }

    /// ASCII: what every reader takes for the same.
    private static func isPlain(_ name: [UInt8]) -> Bool { name.allSatisfy { $0 < 0x80 } }

    /// Cut at a slash, so that both parts fit.
    private static func split(_ name: [UInt8]) -> (prefix: [UInt8], rest: [UInt8])? {
        if name.count <= nameWidth { return ([], name) }
        let cut = name.indices.dropLast().first { name[$0] == 0x2f && name.count - $0 - 1 <= nameWidth }
        guard let cut, cut > 0, cut <= prefixWidth else { return nil }
        return (Array(name[..<cut]), Array(name[(cut + 1)...]))
    }

    // MARK: Numbers

    private mutating func putNumber(
        _ key: String, _ value: Int64, at offset: Int, width: Int, in block: inout [UInt8]
    ) {
        let most = (Int64(1) << (3 * (width - 1))) - 1
        if value < 0 || value > most { record(key, Array(String(value).utf8)) }
        Self.octal(min(max(value, 0), most), at: offset, width: width, in: &block)
    }

    private static func octal(_ value: Int64, at offset: Int, width: Int, in block: inout [UInt8]) {
        let digits = Array(String(value, radix: 8).utf8)
        put([UInt8](repeating: 0x30, count: width - 1 - digits.count) + digits, at: offset, in: &block)
    }

    private static func put(_ bytes: [UInt8], at offset: Int, in block: inout [UInt8]) {
        block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }

    private static func seal(_ block: inout [UInt8]) {
        put(Array("ustar\u{0}00".utf8), at: 257, in: &block)
        put([UInt8](repeating: 0x20, count: 8), at: 148, in: &block)
        let sum = block.reduce(0) { $0 + Int64($1) }
        octal(sum, at: 148, width: 7, in: &block)
        block[154] = 0
    }

    // MARK: Extended records

    private mutating func addExtendedHeader() {
        var block = [UInt8](repeating: 0, count: 512)
        Self.put(Array("PaxHeaders/entry".utf8), at: 0, in: &block)
        Self.octal(0o644, at: 100, width: 8, in: &block)
        for offset in [108, 116] { Self.octal(0, at: offset, width: 8, in: &block) }
        Self.octal(Int64(records.count), at: 124, width: 12, in: &block)
        Self.octal(0, at: 136, width: 12, in: &block)
        block[156] = 0x78
        Self.seal(&block)
        bytes += block + records + [UInt8](repeating: 0, count: (512 - records.count % 512) % 512)
    }

    /// A value that others take for UTF-8 unless they are told.
    private mutating func recordText(_ key: String, _ value: [UInt8]) {
        let isText = String(validating: value, as: UTF8.self) != nil
        if !isText, records.isEmpty || !records.starts(with: Array("21 hdrcharset".utf8)) {
            record("hdrcharset", Array("BINARY".utf8))
        }
        record(key, value)
    }

    private mutating func record(_ key: String, _ value: [UInt8]) { record(Array(key.utf8), value) }

    private mutating func record(_ key: [UInt8], _ value: [UInt8]) {
        let rest = [0x20] + key + [0x3d] + value + [0x0a]
        // The length counts its own digits.
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        records += Array(String(length).utf8) + rest
    }
}
