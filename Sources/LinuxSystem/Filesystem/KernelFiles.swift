import CLinux
import Glibc

/// A folder of a kernel file system (procfs, cgroupfs), proven to be one by its descriptor before anything is written:
/// a container could have put its own in its place (CVE-2025-52881).
public struct KernelFolder: ~Copyable, Sendable {
    private let folder: Descriptor
    private let path: String

    /// Opens a folder; throws `invalid` when it is not on a file system of one of the types.
    public init(_ path: String, _ types: Set<FileSystemType>) throws(SystemError) {
        let opened = Descriptor(
            owning: try systemCall("open", path) { Glibc.open(path, OpenFlags.path | O_DIRECTORY | O_CLOEXEC) })
        let type = try fileSystemType(opened.raw, path)
        guard types.contains(type) else { throw SystemError(.invalid, "fstatfs", path) }
        self.path = path
        folder = opened
    }

    public var raw: CInt { folder.raw }

    /// Writes a file of this file system, beneath the folder, links and mounts refused.
    public func write(_ name: String, _ text: String) throws(SystemError) {
        let file = try open(name, O_WRONLY)
        let raw = file.raw
        var text = text
        let count = try systemCall("write", "\(path)/\(name)") {
            text.withUTF8 { Glibc.write(raw, $0.baseAddress, $0.count) }
        }
        guard count == text.utf8.count else { throw SystemError(.invalid, "write", "\(path)/\(name)") }
    }

    /// Reads a file of this file system, at most 64 KiB.
    public func read(_ name: String) throws(SystemError) -> String {
        let file = try open(name, O_RDONLY)
        let raw = file.raw
        var buffer = [UInt8](repeating: 0, count: 4096)
        var text: [UInt8] = []
        while text.count < 64 << 10 {
            let count = try systemCall("read", "\(path)/\(name)") { Glibc.read(raw, &buffer, buffer.count) }
            if count == 0 { break }
            text += buffer[..<count]
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Opens a file beneath the folder.
    public func open(_ name: String, forWriting: Bool) throws(SystemError) -> Descriptor {
        try open(name, forWriting ? O_WRONLY : O_RDONLY)
    }

    private func open(_ name: String, _ flags: CInt) throws(SystemError) -> Descriptor {
        let folder = folder.raw
        return Descriptor(
            owning: try systemCall("openat2", "\(path)/\(name)") {
                berth_openat2(
                    folder, name, UInt64(flags), 0, Resolve.beneath | Resolve.noMagicLinks | Resolve.noCrossing)
            })
    }
}
