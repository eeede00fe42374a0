import Glibc

/// A variable of the process's environment.
public func environmentVariable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// The working folder (getcwd(3)); `/` when it was removed.
public func currentDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
}

/// A path made absolute by its text alone: `.` and `..` are resolved without looking at links.
public func absolutePath(_ path: String, in folder: String) -> String {
    var components: [Substring] = []
    for component in (path.hasPrefix("/") ? path : folder + "/" + path).split(separator: "/") {
        switch component {
        case ".": break
        case "..": _ = components.popLast()
        default: components.append(component)
        }
    }
    return "/" + components.joined(separator: "/")
}

/// Makes a file that must not exist yet, and writes it.
public func writeNewFile(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o644) throws(SystemError) {
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let file = Descriptor(owning: try systemCall("open", path) { open(path, flags, mode_t(mode)) })
    try StandardStream.write(bytes, to: file.raw)
}

/// Whether a text is an IPv4 or IPv6 address (inet_pton(3)).
public func isIPAddress(_ text: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, text, &buffer) == 1 || inet_pton(AF_INET6, text, &buffer) == 1
}
