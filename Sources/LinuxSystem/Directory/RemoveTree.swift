import Glibc

/// Removes a tree by descriptors, however deep and wide it is, with bounded memory and descriptors.
///
/// Folders deeper than `depthLimit` are moved up into the tree's own top folder, which goes anyway, and emptied from
/// there: a tree deeper than the limit on open files, or on paths, is removed like any other.
public struct TreeRemover {
    private static let depthLimit = 24

    private var top: CInt = -1
    private var moved = 0

    private init() {}

    /// Removes `name` and everything in it; what is not there is no error. Links are removed, never followed.
    public static func remove(_ folder: CInt, _ name: BytePath) throws(SystemError) {
        var remover = TreeRemover()
        try remover.removeTop(folder, name)
    }

    private mutating func removeTop(_ folder: CInt, _ name: BytePath) throws(SystemError) {
        if try Self.unlinkUnlessFolder(folder, name) { return }
        // Somebody else may be removing it too.
        _ = try succeeds(unless: .noEntry) { () throws(SystemError) in
            let descriptor = try DirectoryEntry.openChildFolder(folder, name)
            top = descriptor.raw
            // What was moved up meanwhile is found by the next pass.
            var before = -1
            while before != moved {
                before = moved
                try empty(top, depth: 0)
            }
            try DirectoryEntry.removeFolder(folder, name)
        }
    }

    private mutating func empty(_ folder: CInt, depth: Int) throws(SystemError) {
        var stream = try DirectoryStream(folder)
        while let entry = try stream.next() {
            if entry.type != .directory, try Self.unlinkUnlessFolder(folder, entry.name) { continue }
            if depth >= Self.depthLimit {
                moved += 1
                let name = BytePath(".deep-\(UInt64.random(in: 0...UInt64.max))")
                try DirectoryEntry.rename(folder, entry.name, to: top, name, replacing: false)
            } else {
                let child = try DirectoryEntry.openChildFolder(folder, entry.name)
                try empty(child.raw, depth: depth + 1)
                try DirectoryEntry.removeFolder(folder, entry.name)
            }
        }
    }

    /// Whether it is gone; false when it is a folder.
    private static func unlinkUnlessFolder(_ folder: CInt, _ name: BytePath) throws(SystemError) -> Bool {
        do {
            try DirectoryEntry.unlink(folder, name)
            return true
        } catch {
            guard error.errno == .noEntry || error.errno == .isDirectory else { throw error }
            return error.errno == .noEntry
        }
    }
}
