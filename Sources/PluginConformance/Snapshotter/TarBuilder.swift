/// Writes tar archives byte by byte (pax interchange format, POSIX.1-2017 "pax"), hostile ones too: nothing is checked.
public struct TarBuilder: Sendable {
    public struct Header: Sendable {
        public var name: [UInt8]
        /// `0` file, `1` hard link, `2` symbolic link, `3` and `4` devices, `5` folder, `6` FIFO, `x` extended header.
        public var type: Character
        public var mode = 0o644
        public var user = 0
        public var group = 0
        /// Bytes; nil for those of the content.
        public var size: Int?
        public var modified = 1_700_000_000
        public var link: [UInt8] = []
        public var major = 0
        public var minor = 0

        public init(_ name: String, type: Character = "0", link: String = "") {
            self.name = Array(name.utf8)
            self.type = type
            self.link = Array(link.utf8)
        }
    }

    public private(set) var bytes: [UInt8] = []

    public init() {}

    public mutating func add(_ header: Header, content: [UInt8] = []) {
        bytes += Self.block(header, size: header.size ?? content.count)
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    public mutating func file(_ name: String, _ content: String = "", mode: Int = 0o644) {
        var header = Header(name)
        header.mode = mode
        add(header, content: Array(content.utf8))
    }

    public mutating func folder(_ name: String, mode: Int = 0o755) {
        var header = Header(name, type: "5")
        header.mode = mode
        add(header)
    }

    public mutating func symbolicLink(_ name: String, to target: String) { add(Header(name, type: "2", link: target)) }

    public mutating func hardLink(_ name: String, to target: String) { add(Header(name, type: "1", link: target)) }

    /// Extended records for the next entry: `path`, `mtime`, `SCHILY.xattr.user.name`, …
    public mutating func extended(_ records: [(String, [UInt8])]) {
        add(Header("pax", type: "x"), content: records.flatMap { Self.record($0.0, $0.1) })
    }

    /// The archive with its two final zero blocks.
    public func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
        let rest = [0x20] + Array(key.utf8) + [0x3d] + value + [0x0a]
        // The length counts its own digits.
        var length = rest.count + 1
        while String(length).utf8.count + rest.count != length { length = String(length).utf8.count + rest.count }
        return Array(String(length).utf8) + rest
    }

    private static func block(_ header: Header, size: Int) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int, width: Int) {
            for (index, byte) in bytes.prefix(width).enumerated() { block[offset + index] = byte }
        }
        func octal(_ value: Int, at offset: Int, width: Int) {
            let digits = String(value, radix: 8)
            put(
                (String(repeating: "0", count: max(0, width - 1 - digits.count)) + digits).utf8, at: offset,
                width: width)
        }
        put(header.name, at: 0, width: 100)
        octal(header.mode, at: 100, width: 8)
        octal(header.user, at: 108, width: 8)
        octal(header.group, at: 116, width: 8)
        octal(size, at: 124, width: 12)
        octal(header.modified, at: 136, width: 12)
        put([UInt8](repeating: 0x20, count: 8), at: 148, width: 8)
        put(header.type.utf8, at: 156, width: 1)
        put(header.link, at: 157, width: 100)
        put("ustar\u{0}00".utf8, at: 257, width: 8)
        octal(header.major, at: 329, width: 8)
        octal(header.minor, at: 337, width: 8)
        let sum = block.reduce(0) { $0 + Int($1) }
        octal(sum, at: 148, width: 7)
        block[154] = 0
        return block
    }
}
