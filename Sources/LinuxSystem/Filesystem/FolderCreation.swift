import Glibc

public enum FolderCreation {
    /// Makes a folder; false when something has its name already, so that of two who try one wins.
    public static func makeNew(_ path: String, mode: UInt32 = 0o700) throws(SystemError) -> Bool {
        if mkdir(path, mode_t(mode)) == 0 { return true }
        if Errno.current == .exists { return false }
        throw SystemError(.current, "mkdir", path)
    }
}
