import Glibc

/// A path as an address of a UNIX socket (unix(7)), whose field takes 107 bytes.
///
/// A longer path goes through a descriptor of its folder, as `/proc/self/fd/N/name`; the folder stays open as long as
/// the address does.
struct UnixAddress: ~Copyable {
    private static let maximumLength = 107
    private static let pathOnly: CInt = 0o10000000  // O_PATH, which the Glibc module hides

    private var address = sockaddr_un()
    private let folder: Descriptor?

    init(_ path: String) throws(SystemError) {
        guard !path.isEmpty, !path.utf8.contains(0) else { throw SystemError(.invalid, "socket address", path) }
        address.sun_family = sa_family_t(AF_UNIX)
        if path.utf8.count <= Self.maximumLength {
            folder = nil
            store(path)
            return
        }
        let cut = path.lastIndex(of: "/")
        let name = cut.map { path[path.index(after: $0)...] } ?? path[...]
        let folderPath = cut.map { String(path[...$0]) } ?? "."
        let opened = Descriptor(
            owning: try systemCall("open", folderPath) { open(folderPath, Self.pathOnly | O_DIRECTORY | O_CLOEXEC) })
        let short = "/proc/self/fd/\(opened.raw)/\(name)"
        guard short.utf8.count <= Self.maximumLength else { throw SystemError(.nameTooLong, "socket address", path) }
        folder = consume opened
        store(short)
    }

    private mutating func store(_ path: String) {
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    }

    borrowing func withPointer<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
