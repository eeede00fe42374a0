import BerthAPI

/// Bounds of what callers give. Keys are never used as paths.
enum Validation {
    private static let keyBytes = 256
    private static let labelBytes = 64 << 10

    static func check(key: String, labels: [String: String]?) throws(BerthError) {
        let count = key.utf8.count
        guard count > 0, count <= keyBytes else {
            throw BerthError(.invalidArgument, "a snapshot's key has 1 to \(keyBytes) bytes, not \(count)")
        }
        let size = (labels ?? [:]).reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
        guard size <= labelBytes else {
            throw BerthError(.invalidArgument, "labels of \(size) bytes; \(labelBytes) are possible")
        }
    }
}
