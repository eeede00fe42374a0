import Glibc

/// What an open file is.
public enum FileKind: Sendable {
    case folder, regular, link, other

    public init(_ descriptor: CInt) throws(SystemError) {
        switch try fileStatus(descriptor).st_mode & S_IFMT {
        case S_IFDIR: self = .folder
        case S_IFREG: self = .regular
        case S_IFLNK: self = .link
        default: self = .other
        }
    }
}
