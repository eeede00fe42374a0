import LinuxSystem

/// Goes through a tree by descriptors, names in the order of their bytes, a folder before what is in it. Links are never
/// followed.
package enum TreeWalk {
    /// A descriptor is held for each folder above; a path of 4096 bytes has no more.
    private static let depthLimit = 2000

    private struct Level {
        var folder: SharedDescriptor
        var path: BytePath
        var names: ArraySlice<BytePath>

        init(_ folder: SharedDescriptor, path: BytePath) throws(SystemError) {
            self.folder = folder
            self.path = path
            names = try TreeWalk.names(in: folder.raw)[...]
        }
    }

    /// Visits everything in an open folder.
    ///
    /// - Parameters:
    ///   - path: of the folder, for the paths that `visit` is given.
    ///   - visit: is given the folder that an entry is in, its name, and its path; whether to go into it, should it be
    ///     a folder.
    package static func visit(
        _ folder: CInt, path: BytePath, _ visit: (CInt, BytePath, BytePath) throws -> Bool
    ) throws {
        var levels = [try Level(DirectoryEntry.openFolder(folder, BytePath("")).shared(), path: path)]
        while let level = levels.last {
            guard let name = levels[levels.count - 1].names.popFirst() else {
                levels.removeLast()
                continue
            }
            let full = level.path.appending(name)
            guard try visit(level.folder.raw, name, full), let child = try open(level.folder.raw, name) else {
                continue
            }
            guard levels.count < depthLimit else {
                throw LayerError(.refused, "more than \(depthLimit) folders in each other", entry: full.description)
            }
            levels.append(try Level(child, path: full))
        }
    }

    /// Nil for what is no folder (any more).
    private static func open(_ folder: CInt, _ name: BytePath) throws(SystemError) -> SharedDescriptor? {
        do {
            return try DirectoryEntry.openChildFolder(folder, name).shared()
        } catch {
            guard [.noEntry, .notDirectory, .tooManyLinks].contains(error.errno) else { throw error }
            return nil
        }
    }

    /// Names in a folder, sorted by their bytes.
    package static func names(in folder: CInt) throws(SystemError) -> [BytePath] {
        var names: [BytePath] = []
        var stream = try DirectoryStream(folder)
        while let entry = try stream.next() { names.append(entry.name) }
        return names.sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }
}
