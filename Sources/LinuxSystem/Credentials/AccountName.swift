/// Names of the host's own users (passwd(5)).
public enum AccountName {
    /// The name of a user; the number where /etc/passwd has none.
    public static func ofUser(_ uid: UInt32) -> String {
        guard let bytes = try? readFile("/etc/passwd", limit: 8 << 20) else { return "\(uid)" }
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let fields = String(decoding: line, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
            if fields.count > 2, UInt32(fields[2]) == uid { return String(fields[0]) }
        }
        return "\(uid)"
    }
}
