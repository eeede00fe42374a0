import CLinux

/// The supervisor's end of a filter that asks: calls whose action is to notify wait for a verdict (seccomp_unotify(2)).
/// Without a listener left they fail with ENOSYS.
public enum SeccompListener {
    /// A call that waits.
    public struct Call: Hashable, Sendable {
        /// In this process's pid namespace.
        public var pid: CInt
        public var number: CInt
        /// AUDIT_ARCH_… of `number`.
        public var architecture: UInt32
    }

    /// Loads a compiled filter and answers its listener. Needs no_new_privs or CAP_SYS_ADMIN.
    public static func load(_ filter: [UInt8]) throws(SystemError) -> Descriptor {
        Descriptor(owning: try load(filter, SeccompFlags.newListener))
    }

    /// Loads a compiled filter, an array of `struct sock_filter` (seccomp(2)); answers its listener when `listening`.
    public static func load(
        _ filter: [UInt8], _ flags: SeccompFlags, listening: Bool
    ) throws(SystemError) -> Descriptor? {
        guard listening else {
            // Only a listener can be waited for that way.
            _ = try load(filter, flags.subtracting(.waitKillable))
            return nil
        }
        // The kernel needs to tell a listener's number from a thread's that could not be synchronised.
        let own: SeccompFlags = flags.contains(.threadSync) ? [.newListener, .threadSyncError] : .newListener
        return Descriptor(owning: try load(filter, flags.union(own)))
    }

    private static func load(_ filter: [UInt8], _ flags: SeccompFlags) throws(SystemError) -> CInt {
        try systemCall("seccomp", "\(filter.count / 8) instructions") {
            berth_seccomp_load(filter, filter.count, flags.rawValue)
        }
    }

    /// The next call that waits; nil when the process that made it is gone.
    public static func next(_ listener: CInt) throws(SystemError) -> Call? {
        var call = Call(pid: 0, number: 0, architecture: 0)
        do {
            try systemCall("ioctl", "SECCOMP_IOCTL_NOTIF_RECV") {
                berth_seccomp_next(listener, &call.pid, &call.number, &call.architecture)
            }
            return call
        } catch  where error.errno == .noEntry {
            return nil
        }
    }
}
