import LinuxSystem

/// What the process being set up tells the one that made it, and the other way round: one byte of kind, then the rest.
enum Report {
    /// Process in between → parent: the first process is born. Its number (4 bytes, little-endian), its pidfd.
    static let born = UInt8(ascii: "B")
    /// Child → parent: its time namespace is there and can be set.
    static let timed = UInt8(ascii: "C")
    /// Parent → child: what only the runtime may write is written: maps, offsets.
    static let mapped = UInt8(ascii: "M")
    /// Child → parent: the root is built, not yet entered; the hooks of the runtime's side may run.
    static let built = UInt8(ascii: "H")
    /// Parent → child: go on after `built`.
    static let hooked = UInt8(ascii: "K")
    /// Child → parent: the listener of its seccomp filter, as a descriptor.
    static let listener = UInt8(ascii: "L")
    /// Parent → child: go.
    static let start = UInt8(ascii: "S")
    /// Child → parent: a warning's text.
    static let warning = UInt8(ascii: "W")
    /// Child → parent: the terminal's master, as a descriptor.
    static let terminal = UInt8(ascii: "T")
    /// Child → parent: set up, waiting for `start`.
    static let ready = UInt8(ascii: "R")
    /// Child → parent: kind, errno (4 bytes, little-endian), text.
    static let failure = UInt8(ascii: "E")
}

extension LaunchError {
    var report: [UInt8] {
        let number = UInt32(bitPattern: errno?.rawValue ?? 0)
        let bytes = [Report.failure, kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        return bytes + Array(message.utf8.prefix(3000))
    }

    init(report: [UInt8]) {
        guard report.count >= 6, let kind = Kind(rawValue: report[1]) else {
            self.init(.system, "the container's first process sent a report that makes no sense")
            return
        }
        let number = (0..<4).reduce(UInt32(0)) { $0 | UInt32(report[2 + $1]) << (8 * $1) }
        self.init(
            kind, String(decoding: report[6...], as: UTF8.self),
            number == 0 ? nil : Errno(rawValue: CInt(bitPattern: number)))
    }
}

/// The child's side: how it reports. Failures to report are ignored, because nobody is left who could be told.
struct Reporter {
    var channel: ControlChannel

    func send(_ kind: UInt8, _ text: String = "", descriptor: CInt? = nil) throws(LaunchError) {
        try during("report to the runtime") { () throws(SystemError) in
            try channel.send([kind] + Array(text.utf8.prefix(3000)), descriptor: descriptor)
        }
    }

    /// Reports the error and ends the process.
    func fail(_ error: LaunchError) -> Never {
        do {
            try channel.send(error.report)
        } catch {
            CurrentProcess.exitNow(126)
        }
        CurrentProcess.exitNow(125)
    }

    /// Waits for a message of the parent; ends the process when the parent is gone.
    func wait(for kind: UInt8) throws(LaunchError) {
        let message = try during("wait for the runtime") { () throws(SystemError) in try channel.receive() }
        guard let message, message.bytes.first == kind else { CurrentProcess.exitNow(125) }
    }
}
