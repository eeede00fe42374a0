import JSON
import LinuxSystem

/// Filters that were compiled before. Compiling one takes a fifth of a launch, and most containers of a host have the
/// same.
///
///     <folder>/<hash>    the profile's JSON in one line, and the filter
struct FilterCache {
    private static let limit = 64
    private static let newline = UInt8(ascii: "\n")

    let folder: String

    /// - Parameter compile: is asked for a profile that is not there. Its filter is kept where that is possible.
    func filter(for profile: JSON, compile: () throws -> [UInt8]) throws -> [UInt8] {
        let key = profile.serialized() + [Self.newline]
        let path = "\(folder)/\(String(Self.hash(key), radix: 16))"
        if let kept = try? readFile(path, limit: 8 << 20), kept.starts(with: key), kept.count > key.count {
            return Array(kept[key.count...])
        }
        let filter = try compile()
        keep(key + filter, at: path)
        return filter
    }

    private func keep(_ bytes: [UInt8], at path: String) {
        do {
            try makeDirectory(folder)
            let kept = try listDirectory(folder)
            if kept.count >= Self.limit { for name in kept { try removeFile("\(folder)/\(name)") } }
            try writeFile(path, bytes, durable: false)
        } catch {
            // Without room or permission each launch compiles its own.
        }
    }

    /// Names the file; whether the profile is the one is decided by its text. FNV-1a.
    private static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
