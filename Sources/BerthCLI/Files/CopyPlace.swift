/// What `cp` says of a copy's one end.
enum CopyPlace {
    /// `-`: a tar on a standard stream.
    case stream
    case local(String)
    /// The path is made absolute.
    case container(String, path: String)

    /// `container:path`; what begins with a slash or a dot is a local path, whatever colons are in it.
    init(_ text: String) {
        if text == "-" {
            self = .stream
            return
        }
        let isLocal = text.hasPrefix("/") || text.hasPrefix(".")
        guard !isLocal, let colon = text.firstIndex(of: ":") else {
            self = .local(text)
            return
        }
        let path = text[text.index(after: colon)...]
        self = .container(String(text[..<colon]), path: path.hasPrefix("/") ? String(path) : "/\(path)")
    }
}

/// Where a copy goes: the folder that it is unpacked into, and what it is called there.
struct CopyTarget {
    var folder: String
    /// Empty to have a folder's entries in `folder` itself.
    var entry: String

    /// What is there at a copy's end, before it.
    enum Present {
        case nothing, file, folder
    }

    /// docker's rules (docs.docker.com, "docker container cp").
    ///
    /// - Parameters:
    ///   - sourceName: nil for the contents of a folder.
    ///   - path: where it goes.
    /// - Throws: `CommandFailure` in docker's words.
    init(sourceName: String?, isFolder: Bool, path: String, present: Present) throws(CommandFailure) {
        let target = LocalPath(path)
        switch present {
        case .folder: (folder, entry) = (path, sourceName ?? "")
        case .file where isFolder: throw CommandFailure("cannot copy directory")
        case .file where target.assertsFolder: throw CommandFailure("not a directory")
        case .nothing where !isFolder && target.assertsFolder: throw CommandFailure("no such directory")
        case .nothing, .file:
            guard let name = target.name else { throw CommandFailure("no such directory") }
            (folder, entry) = (target.parent, name)
        }
    }
}
