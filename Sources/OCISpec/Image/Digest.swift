/// A content digest, `sha256:` and 64 lower-case hexadecimal digits (OCI image-spec, descriptor.md#digests). Of the
/// registered algorithms Berth takes sha256 only, the one that registries use.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The 64 digits: also the blob's file name in an image layout. Never holds a `/` or a `.`.
    public let hex: String

    /// - Returns: nil for what is not a sha256 digest in its canonical form.
    public init?(_ text: String) {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix) else { return nil }
        self.init(hex: String(text.dropFirst(prefix.count)))
    }

    /// - Returns: nil for anything but 64 lower-case hexadecimal digits.
    public init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(\.isLowercaseHexadecimal) else { return nil }
        self.hex = hex
    }

    /// The digest of 32 raw bytes.
    public init(bytes: [UInt8]) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public var description: String { "sha256:" + hex }

    /// The first 12 digits, as docker shows ids.
    public var short: String { String(hex.prefix(12)) }
}

extension Digest: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a sha256 digest: \(text)")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension UInt8 {
    var isLowercaseHexadecimal: Bool { isDigit || (0x61...0x66).contains(self) }
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isLowercase: Bool { (0x61...0x7a).contains(self) }
    var isUppercase: Bool { (0x41...0x5a).contains(self) }
    var isLetterOrDigit: Bool { isDigit || isLowercase || isUppercase }
}
