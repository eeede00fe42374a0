import LinuxSystem

/// Keys that the program and what it starts find without asking (session-keyring(7)).
enum SessionKeyring {
    /// Begins an empty one, so that the runtime's is not the container's.
    static func join(_ reporter: Reporter) throws(LaunchError) {
        do {
            try CurrentProcess.joinNewSessionKeyring()
        } catch  where error.errno == .notImplemented || error.errno == .quotaExceeded {
            // A kernel without keyrings, or a user whose quota of keys is used up: as runc and crun, go on.
            try reporter.send(Report.warning, "no session keyring: \(error)")
        } catch {
            throw LaunchError(error, "session keyring")
        }
    }
}
