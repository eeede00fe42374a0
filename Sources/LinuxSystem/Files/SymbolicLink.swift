import Glibc

/// Where an open file is, for messages (proc_pid_fd(5)); its number when that is not known.
func path(ofDescriptor descriptor: CInt) -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count)
    guard count > 0 else { return "\(descriptor)" }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Makes a symbolic link in a folder of the caller's own (symlink(2)).
public func makeLink(_ target: String, at path: String) throws(SystemError) {
    try systemCall("symlink", path) { symlink(target, path) }
}
