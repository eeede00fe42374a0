import BerthAPI
import LinuxSystem

/// Copies what an upper folder hides of the one below it in an overlay: owner, mode, attributes, time.
enum FolderAttributes {
    private static let overlayPrefix: StaticString = "trusted.overlay."

    static func copy(from source: CInt, to target: CInt) throws(SystemError) {
        let status = try OpenFile.status(source)
        // The owner first: changing it clears set-group-ID.
        try OpenFile.setOwner(target, user: status.user, group: status.group)
        try OpenFile.setMode(target, status.mode)
        for name in try ExtendedAttributes.names(source) where !name.hasPrefix(overlayPrefix) {
            guard let value = try ExtendedAttributes.get(source, name) else { continue }
            try value.withUnsafeBufferPointer { value throws(SystemError) in
                try ExtendedAttributes.set(target, name, UnsafeRawBufferPointer(value))
            }
        }
        try OpenFile.setTime(target, status.modified)
    }

    /// Gives folders that a layer implied the attributes of those they will lie upon.
    ///
    /// - Parameters:
    ///   - implied: paths beneath `content`, as the layer's unpacking told them.
    ///   - layers: contents of the layers below, the uppermost first.
    static func complete(_ implied: [BytePath], in content: CInt, from layers: [SharedDescriptor]) throws(SystemError) {
        // The deepest first: setting a folder's time must be the last thing that happens in it.
        for path in implied.reversed() {
            guard let target = try openIfThere(content, path) else { continue }
            for layer in layers {
                guard let source = try openIfThere(layer.raw, path) else { continue }
                try copy(from: source.raw, to: target.raw)
                break
            }
        }
    }

    /// The folder at a path; nil when something of the path is missing, no folder, or a link: then it is not what the
    /// overlay will merge.
    private static func openIfThere(_ root: CInt, _ path: BytePath) throws(SystemError) -> Descriptor? {
        do {
            return try DirectoryEntry.openFolder(root, path, .strict)
        } catch {
            guard [.noEntry, .notDirectory, .tooManyLinks].contains(error.errno) else { throw error }
            return nil
        }
    }
}
