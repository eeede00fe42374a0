import CLinux
import Glibc

/// What the host is: uname(2), sysconf(3), os-release(5).
public enum Host {
    public static var kernelRelease: String { field(\.release) }
    public static var hostname: String { field(\.nodename) }
    /// As the OCI specifications name it: `amd64`, `arm64`.
    public static var architecture: String {
        switch field(\.machine) {
        case "x86_64": "amd64"
        case "aarch64": "arm64"
        case let other: other
        }
    }
    public static var processors: Int { sysconf(Int32(_SC_NPROCESSORS_ONLN)) }
    /// Bytes.
    public static var memory: Int64 { Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))) }
    public static var processID: Int { Int(getpid()) }

    /// `PRETTY_NAME` of /etc/os-release.
    public static var operatingSystem: String {
        guard let bytes = try? readFile("/etc/os-release", limit: 64 << 10) else { return "Linux" }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
            return line.dropFirst("PRETTY_NAME=".count).trimmingQuotes()
        }
        return "Linux"
    }

    /// Nanoseconds since 1970 (clock_gettime(2), CLOCK_REALTIME).
    public static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func field<T>(_ path: KeyPath<utsname, T>) -> String {
        var name = utsname()
        uname(&name)
        return withUnsafeBytes(of: name[keyPath: path]) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

extension Substring {
    fileprivate func trimmingQuotes() -> String {
        count >= 2 && first == "\"" && last == "\"" ? String(dropFirst().dropLast()) : String(self)
    }
}
