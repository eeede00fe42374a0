import LinuxSystem

/// The two ends of a container's log stream.
struct LogStream: Sendable {
    /// The driver whose containers write no log.
    static let none = "none"

    let shim: SharedDescriptor
    let driver: SharedDescriptor

    /// - Returns: nil for a container without a log.
    static func pair(driver: String) throws -> LogStream? {
        guard driver != none else { return nil }
        return try UnixSocket.pair().take { LogStream(shim: $0.shared(), driver: $1.shared()) }
    }
}
