import Glibc

/// A file name or path as the kernel knows it: bytes without a zero, in no particular encoding.
public struct BytePath: Hashable, Sendable {
    /// The bytes and their terminating zero.
    private var storage: [UInt8]

    /// - Returns: nil when a zero is among the bytes.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            storage = [0]
            return
        }
        guard memchr(start, 0, bytes.count) == nil else { return nil }
        storage = [UInt8](unsafeUninitializedCapacity: bytes.count + 1) { buffer, count in
            memcpy(buffer.baseAddress!, start, bytes.count)
            buffer[bytes.count] = 0
            count = bytes.count + 1
        }
    }

    /// - Returns: nil when a zero is among the bytes.
    public init?(_ bytes: ArraySlice<UInt8>) {
        guard let path = bytes.withUnsafeBytes({ BytePath($0) }) else { return nil }
        self = path
    }

    /// - Returns: nil when a zero is among the bytes.
    public init?(_ bytes: [UInt8]) { self.init(bytes[...]) }

    /// A path from a string without a zero.
    public init(_ string: String) {
        precondition(!string.utf8.contains(0), "a path has no zero byte")
        storage = Array(string.utf8) + [0]
    }

    public var bytes: ArraySlice<UInt8> { storage.dropLast() }
    public var count: Int { storage.count - 1 }
    public var isEmpty: Bool { storage.count == 1 }

    /// This path, a slash and another path; the other alone when this one is empty.
    public func appending(_ other: BytePath) -> BytePath {
        if isEmpty { return other }
        var joined = self
        joined.storage[joined.storage.count - 1] = 0x2f
        joined.storage.append(contentsOf: other.storage)
        return joined
    }

    /// The path of another name in the same folder.
    public func sibling(_ name: BytePath) -> BytePath {
        guard let slash = bytes.lastIndex(of: 0x2f) else { return name }
        return BytePath(bytes[..<slash])!.appending(name)
    }

    public func hasPrefix(_ prefix: StaticString) -> Bool {
        prefix.withUTF8Buffer { storage.starts(with: $0) }
    }

    public func contains(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { text in
            guard let first = text.first, count >= text.count else { return false }
            for start in 0...count - text.count where storage[start] == first {
                if storage[start..<start + text.count].elementsEqual(text) { return true }
            }
            return false
        }
    }

    public static func == (path: BytePath, text: StaticString) -> Bool {
        text.withUTF8Buffer { path.bytes.elementsEqual($0) }
    }

    /// The bytes and their terminating zero.
    public func withCString<R>(_ body: (UnsafePointer<CChar>) -> R) -> R {
        storage.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress!) }
        }
    }
}

extension BytePath: CustomStringConvertible {
    /// For messages: valid UTF-8 as it is, control and other bytes as `\xNN`.
    public var description: String {
        var text = ""
        var decoder = UTF8()
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            var iterator = rest.makeIterator()
            if case .scalarValue(let scalar) = decoder.decode(&iterator), scalar.value >= 0x20, scalar.value != 0x7f {
                text.unicodeScalars.append(scalar)
                rest = rest.dropFirst(UTF8.width(scalar))
            } else {
                let byte = rest.removeFirst()
                text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
            decoder = UTF8()
        }
        return text
    }
}

/// Bytes before the zero that ends a C string.
public func cStringLength(_ string: UnsafePointer<CChar>) -> Int { strlen(string) }
