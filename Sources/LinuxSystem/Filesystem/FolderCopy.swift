import Glibc

/// Copies a folder of a container into an empty volume, by descriptor and without following a link.
public enum FolderCopy {
    /// Copies everything in `source` into `target`, with owner, permissions, capabilities, times and hard links, when
    /// `target` has nothing in it (`lost+found` apart). Both are open folders, O_PATH will do.
    public static func fillIfEmpty(_ target: CInt, from source: CInt) throws(SystemError) {
        let to = try reopen(target, "volume")
        guard try names(to.raw).allSatisfy({ $0 == "lost+found" }) else { return }
        let from = try reopen(source, "image")
        var links: [FileIdentity: String] = [:]
        try copyContents(from.raw, to.raw, "", root: to.raw, &links)
        try copyAttributes(from.raw, to.raw)
    }

    private static func copyContents(
        _ from: CInt, _ to: CInt, _ path: String, root: CInt, _ links: inout [FileIdentity: String]
    ) throws(SystemError) {
        for name in try names(from) {
            var status = stat()
            let place = "\(path)\(name)"
            try systemCall("fstatat", place) { fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) }
            if status.st_nlink > 1, status.st_mode & S_IFMT != S_IFDIR {
                let identity = FileIdentity(status)
                if let first = links[identity] {
                    try systemCall("linkat", place) { linkat(root, first, to, name, 0) }
                    continue
                }
                links[identity] = place
            }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try systemCall("mkdirat", place) { mkdirat(to, name, 0o700) }
                let one = try openFolder(from, name, place)
                let other = try openFolder(to, name, place)
                try copyContents(one.raw, other.raw, "\(place)/", root: root, &links)
                try copyAttributes(one.raw, other.raw)
            case S_IFREG: try copyFile(from, to, name, place)
            case S_IFLNK: try copyLink(from, to, name, status, place)
            case S_IFSOCK: continue
            default:
                try systemCall("mknodat", place) { mknodat(to, name, status.st_mode, status.st_rdev) }
                try systemCall("fchownat", place) {
                    fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW)
                }
            }
        }
    }

    private static func copyFile(_ from: CInt, _ to: CInt, _ name: String, _ place: String) throws(SystemError) {
        let source = Descriptor(
            owning: try systemCall("openat", place) {
                openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
            })
        let target = Descriptor(
            owning: try systemCall("openat", place) {
                openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            })
        let (input, output) = (source.raw, target.raw)
        while try systemCall("sendfile", place, { sendfile(output, input, nil, 1 << 30) }) > 0 {}
        try copyAttributes(input, output)
    }

    private static func copyLink(
        _ from: CInt, _ to: CInt, _ name: String, _ status: stat, _ place: String
    ) throws(SystemError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = try systemCall("readlinkat", place) { readlinkat(from, name, &buffer, buffer.count - 1) }
        buffer[count] = 0
        try systemCall("symlinkat", place) { symlinkat(buffer, to, name) }
        try systemCall("fchownat", place) { fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) }
    }

    /// Owner first: a change of owner takes set-user-ID bits and capabilities away.
    private static func copyAttributes(_ from: CInt, _ to: CInt) throws(SystemError) {
        let status = try fileStatus(from)
        try systemCall("fchown") { fchown(to, status.st_uid, status.st_gid) }
        try systemCall("fchmod") { fchmod(to, status.st_mode & 0o7777) }
        try copyExtended(from, to)
        var times = [status.st_atim, status.st_mtim]
        try systemCall("futimens") { futimens(to, &times) }
    }

    /// What the file itself means by them: not a host's labels, nor an engine's own marks.
    private static func copyExtended(_ from: CInt, _ to: CInt) throws(SystemError) {
        do {
            for name in try ExtendedAttributes.names(from) {
                let text = name.description
                guard text == "security.capability" || text.hasPrefix("user.") else { continue }
                let value = try ExtendedAttributes.get(from, name) ?? []
                try value.withUnsafeBufferPointer { value throws(SystemError) in
                    try ExtendedAttributes.set(to, name, UnsafeRawBufferPointer(value))
                }
            }
        } catch  where error.errno == .notSupported {}
    }

    private static func reopen(_ folder: CInt, _ object: String) throws(SystemError) -> Descriptor {
        try openFolder(folder, ".", object)
    }

    private static func openFolder(_ parent: CInt, _ name: String, _ object: String) throws(SystemError) -> Descriptor {
        Descriptor(
            owning: try systemCall("openat", object) {
                openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            })
    }

    private static func names(_ folder: CInt) throws(SystemError) -> [String] {
        let copy = try systemCall("openat", ".") { openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let stream = fdopendir(copy) else {
            let errno = Errno.current
            close(copy)
            throw SystemError(errno, "fdopendir")
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names
    }
}
