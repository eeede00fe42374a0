import CLinux
import Glibc

/// A file system being configured, before it is a mount (fsopen(2), fsconfig(2), fsmount(2)).
public struct FilesystemContext: ~Copyable, Sendable {
    private let context: Descriptor
    private let type: String

    /// Opens a configuration for a file system type: `overlay`, `proc`, `tmpfs` …
    public init(_ type: String) throws(SystemError) {
        self.type = type
        context = Descriptor(owning: try systemCall("fsopen", type) { berth_fsopen(type, 1) })
    }

    /// Opens the configuration of the file system that is mounted at an open place (fspick(2)).
    public init(reconfiguring place: CInt, _ object: String) throws(SystemError) {
        type = object
        context = Descriptor(owning: try systemCall("fspick", object) { berth_fspick(place, "", 1 | 8) })
    }

    public func set(_ key: String, _ value: String) throws(SystemError) {
        let context = context.raw
        try describingFailure("\(key)=\(value)") { berth_fsconfig(context, 1, key, value, 0) }
    }

    public func set(flag: String) throws(SystemError) {
        let context = context.raw
        try describingFailure(flag) { berth_fsconfig(context, 0, flag, nil, 0) }
    }

    /// Makes the superblock, or shares one that exists, and a detached mount of it.
    public consuming func mount(_ attributes: MountAttributes = []) throws(SystemError) -> Descriptor {
        let raw = context.raw
        try describingFailure("create") { berth_fsconfig(raw, 6, nil, nil, 0) }
        return Descriptor(
            owning: try describingFailure("fsmount") { berth_fsmount(raw, 1, UInt32(attributes.rawValue)) })
    }

    /// Makes a change hold for the file system that the context was opened for.
    public func reconfigure() throws(SystemError) {
        let raw = context.raw
        try describingFailure("reconfigure") { berth_fsconfig(raw, 7, nil, nil, 0) }
    }

    /// Adds the kernel's own words, which it leaves in the context, to the error.
    @discardableResult
    private func describingFailure(_ what: String, _ body: () -> CInt) throws(SystemError) -> CInt {
        do {
            return try systemCall("fsconfig", "\(type) \(what)", body)
        } catch {
            var error = error
            let words = messages()
            if !words.isEmpty { error.object += " (\(words))" }
            throw error
        }
    }

    private func messages() -> String {
        var words: [String] = []
        var buffer = [UInt8](repeating: 0, count: 1024)
        while true {
            let count = read(context.raw, &buffer, buffer.count)
            guard count > 2 else { return words.joined(separator: "; ") }
            words.append(String(decoding: buffer[2..<count].filter { $0 != 10 }, as: UTF8.self))
        }
    }
}
