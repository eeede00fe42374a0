import CLinux
import Glibc

/// A folder that a container or layer may not get out of: every path is resolved beneath it by the kernel, with links
/// taken relative to it and magic links refused (openat2(2), `RESOLVE_IN_ROOT`).
///
/// It borrows the descriptor.
public struct RootFolder: Sendable {
    public let raw: CInt

    public init(_ raw: CInt) { self.raw = raw }

    public enum Access: Sendable {
        /// Only a place (O_PATH): to mount on, to look at.
        case place
        case folder
        case read
        case write
    }

    /// Opens a path beneath the root.
    public func open(_ path: String, _ access: Access) throws(SystemError) -> Descriptor {
        let root = raw
        return Descriptor(
            owning: try systemCall("openat2", path) {
                berth_openat2(root, path, access.flags, 0, Resolve.inRoot | Resolve.noMagicLinks)
            })
    }

    /// Opens a place beneath the root; `tooManyLinks` when any part of the path is a symbolic link.
    public func openWithoutLinks(_ path: String) throws(SystemError) -> Descriptor {
        let root = raw
        return Descriptor(
            owning: try systemCall("openat2", path) {
                berth_openat2(root, path, Access.place.flags, 0, Resolve.inRoot | Resolve.noSymlinks)
            })
    }

    /// Reads a regular file beneath the root; `EFBIG` beyond the limit (bytes).
    public func readFile(_ path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(path, .read)
        guard try FileKind(file.raw) == .regular else { throw SystemError(.invalid, "read", "\(path): not a file") }
        let size = Int(try fileStatus(file.raw).st_size)
        guard size <= limit else { throw SystemError(Errno(rawValue: EFBIG), "read", path) }
        let raw = file.raw
        var bytes = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let offset = filled
            let count = try systemCall("read", path) {
                bytes.withUnsafeMutableBytes { read(raw, $0.baseAddress! + offset, size - offset) }
            }
            if count == 0 { break }
            filled += count
        }
        return Array(bytes[..<filled])
    }

    /// Opens a place by a path of this process, for the root to begin with.
    public static func openPlace(_ path: String) throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("open", path) { Glibc.open(path, OpenFlags.path | O_CLOEXEC) })
    }

    /// Opens a folder, making what is missing of its path, dangling links' targets included.
    ///
    /// - Parameter mode: of the folders made.
    public func makeFolder(_ path: String, mode: UInt32 = 0o755) throws(SystemError) -> Descriptor {
        do {
            return try open(path, .folder)
        } catch  where error.errno == .noEntry {
            return try build(path, mode: mode, links: 0)
        }
    }

    /// Opens a place that is not a folder, making an empty file, and the folders above it, when nothing is there.
    public func makeFile(_ path: String, mode: UInt32 = 0o644) throws(SystemError) -> Descriptor {
        do {
            return try open(path, .place)
        } catch  where error.errno == .noEntry {
            let (parent, name) = Self.split(path)
            let folder = try makeFolder(parent)
            let raw = folder.raw
            let file = Descriptor(
                owning: try systemCall("openat2", path) {
                    berth_openat2(
                        raw, name, UInt64(O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW), UInt64(mode),
                        Resolve.beneath | Resolve.noSymlinks)
                })
            return try reopenAsPlace(file)
        }
    }

    /// Steps down the path; each step starts from the root again, so that links in it mean what they mean inside.
    private func build(_ path: String, mode: UInt32, links: Int) throws(SystemError) -> Descriptor {
        guard links < 40 else { throw SystemError(.tooManyLinks, "mkdirat", path) }
        var done = ""
        var current = try open("/", .folder)
        let names = path.split(separator: "/")
        for (index, name) in names.enumerated() {
            let next = "\(done)/\(name)"
            do {
                current = try open(next, .folder)
            } catch  where error.errno == .noEntry {
                if let target = try makeOne(current.raw, String(name), mode: mode, next) {
                    let rest = names[(index + 1)...].joined(separator: "/")
                    let start = target.hasPrefix("/") ? target : "\(done)/\(target)"
                    return try build("\(start)/\(rest)", mode: mode, links: links + 1)
                }
                current = try openChild(current.raw, String(name), next)
            }
            done = next
        }
        return current
    }

    /// Makes one folder; the target when a dangling link is in its place.
    private func makeOne(
        _ parent: CInt, _ name: String, mode: UInt32, _ object: String
    ) throws(SystemError) -> String? {
        guard name != "..", name != "." else { throw SystemError(.noEntry, "mkdirat", object) }
        do {
            try systemCall("mkdirat", object) { mkdirat(parent, name, mode_t(mode)) }
            return nil
        } catch  where error.errno == .exists {
            var target = [CChar](repeating: 0, count: Int(PATH_MAX))
            let count = readlinkat(parent, name, &target, target.count - 1)
            guard count > 0 else { return nil }
            return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    private func openChild(_ parent: CInt, _ name: String, _ object: String) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("openat2", object) {
                berth_openat2(parent, name, Access.folder.flags, 0, Resolve.beneath | Resolve.noSymlinks)
            })
    }

    private func reopenAsPlace(_ file: borrowing Descriptor) throws(SystemError) -> Descriptor {
        // A descriptor that may write would keep the mount above it from being made read-only.
        let raw = file.raw
        return Descriptor(
            owning: try systemCall("open", "created file") {
                Glibc.open("/proc/self/fd/\(raw)", OpenFlags.path | O_CLOEXEC)
            })
    }

    static func split(_ path: String) -> (parent: String, name: String) {
        let trimmed = path.hasSuffix("/") ? String(path.dropLast()) : path
        guard let slash = trimmed.lastIndex(of: "/") else { return ("/", trimmed) }
        return (String(trimmed[..<slash]), String(trimmed[trimmed.index(after: slash)...]))
    }
}

extension RootFolder.Access {
    var flags: UInt64 {
        switch self {
        case .place: UInt64(OpenFlags.path)
        case .folder: UInt64(OpenFlags.path | O_DIRECTORY)
        case .read: UInt64(O_RDONLY | O_NONBLOCK)
        case .write: UInt64(O_WRONLY)
        }
    }
}

/// How openat2(2) resolves.
enum Resolve {
    static let noCrossing: UInt64 = 0x01
    static let noMagicLinks: UInt64 = 0x02
    static let noSymlinks: UInt64 = 0x04
    static let beneath: UInt64 = 0x08
    static let inRoot: UInt64 = 0x10
}
