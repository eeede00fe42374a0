import CCrypto
import LinuxSystem
import OCISpec

/// An incremental SHA-256 (FIPS 180-4) by libcrypto, which picks the CPU's instructions for it.
///
/// The plain functions rather than EVP: they need no provider to be found and loaded, which costs milliseconds at first
/// use, and link statically without the rest of the library.
public struct SHA256: Sendable {
    private var context = SHA256_CTX()

    public init() { SHA256_Init(&context) }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        SHA256_Update(&context, base, bytes.count)
    }

    public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

    /// The digest of all bytes so far; more can follow.
    public func finalize() -> Digest {
        var copy = context
        var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        SHA256_Final(&bytes, &copy)
        return Digest(bytes: bytes)
    }

    /// The digest of a few bytes.
    public static func digest(of bytes: [UInt8]) -> Digest {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finalize()
    }

    /// Feeds the bytes of a regular file from `offset` to its end, without moving the descriptor's own offset.
    ///
    /// - Returns: how many bytes were read.
    public mutating func update(
        file descriptor: CInt, from offset: Int64 = 0
    ) throws(SystemError) -> Int64 {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        var position = offset
        while true {
            let count = try RegularFile.read(descriptor, into: buffer, at: position)
            guard count > 0 else { return position - offset }
            update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            position += Int64(count)
        }
    }
}
