import JSON
import LinuxSystem
import PluginKit
import Synchronization

/// A folder whose entries are removed by a thread in the background. What a crash leaves in it goes at the next start.
final class Trash: Sendable {
    private let folder: SharedDescriptor
    private let removing = Mutex(())
    private let worker = WorkerPool(name: "trash", maximum: 1)

    init(_ folder: SharedDescriptor) { self.folder = folder }

    /// Moves an entry in: it is gone at once, and freed some time later.
    func take(_ parent: CInt, _ name: BytePath) throws(SystemError) {
        let unique = BytePath("\(name)-\(UInt64.random(in: 0...UInt64.max))")
        try DirectoryEntry.rename(parent, name, to: folder.raw, unique, replacing: false)
    }

    /// Frees what is there, in the background.
    func emptySoon() {
        _ = worker.submit {
            do {
                _ = try self.empty()
            } catch {
                PluginLog.warning("cannot free a removed snapshot", [("error", JSON("\(error)"))])
            }
        }
    }

    /// Frees what is there; how many entries that were.
    func empty() throws(SystemError) -> Int {
        try removing.withLock { _ throws(SystemError) in
            var names: [BytePath] = []
            var stream = try DirectoryStream(folder.raw)
            while let entry = try stream.next() { names.append(entry.name) }
            for name in names { try TreeRemover.remove(folder.raw, name) }
            return names.count
        }
    }
}
