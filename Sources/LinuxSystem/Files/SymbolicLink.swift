import Glibc

/// Makes a symbolic link in a folder of the caller's own (symlink(2)).
public func makeLink(_ target: String, at path: String) throws(SystemError) {
    try systemCall("symlink", path) { symlink(target, path) }
}
