/// A path of this host as it was typed, taken apart at its last slash.
struct LocalPath {
    /// The folder that the last component is in.
    let parent: String
    /// Nil for a path that says a folder by itself: `/`, `.`, `..`, or one with `/.` or `/..` at its end.
    let name: String?
    /// With a slash at its end, or without a name: what is there must be a folder.
    let assertsFolder: Bool

    init(_ path: String) {
        var text = path[...]
        while text.count > 1, text.last == "/" { text = text.dropLast() }
        let slash = text.lastIndex(of: "/")
        let last = slash.map { text[text.index(after: $0)...] } ?? text
        let isFolder = last.isEmpty || last == "." || last == ".."
        name = isFolder ? nil : String(last)
        assertsFolder = isFolder || path.hasSuffix("/")
        let before = slash.map { text[..<$0] } ?? ""
        parent = isFolder ? path : slash == nil ? "." : before.isEmpty ? "/" : String(before)
    }
}
