import CLinux
import Glibc

/// A pseudo-terminal of a given devpts instance, both ends by descriptor: no name under /dev/pts is ever trusted
/// (CVE-2025-52565).
public struct PseudoTerminal: ~Copyable, Sendable {
    /// The end that the engine keeps.
    public let master: Descriptor
    /// The end that the program gets (ioctl_tty(2), TIOCGPTPEER).
    public let peer: Descriptor

    /// Opens a new terminal through `ptmx` of a devpts that is open as a folder.
    public init(devpts folder: borrowing Descriptor) throws(SystemError) {
        let devpts = folder.raw
        guard try fileSystemType(devpts, "devpts") == .devpts else { throw SystemError(.invalid, "open", "devpts") }
        let master = Descriptor(
            owning: try systemCall("openat", "ptmx") {
                berth_openat2(devpts, "ptmx", UInt64(O_RDWR | O_NOCTTY), 0, Resolve.beneath | Resolve.noSymlinks)
            })
        let raw = master.raw
        try systemCall("ioctl", "TIOCSPTLCK") { berth_terminal_unlock(raw) }
        let peer = Descriptor(owning: try systemCall("ioctl", "TIOCGPTPEER") { berth_terminal_peer(raw) })
        self.master = master
        self.peer = peer
    }

    /// Gives up both ends: the caller must close the numbers returned.
    public consuming func release() -> (master: CInt, peer: CInt) { (master.release(), peer.release()) }

    /// Sets the size, in characters, of any end of a terminal (TIOCSWINSZ).
    public static func resize(_ terminal: CInt, width: UInt16, height: UInt16) throws(SystemError) {
        try systemCall("ioctl", "TIOCSWINSZ") { berth_terminal_resize(terminal, width, height) }
    }

    /// Makes a terminal the controlling one of this process, which leads a session (TIOCSCTTY).
    public static func makeControlling(_ terminal: CInt) throws(SystemError) {
        try systemCall("ioctl", "TIOCSCTTY") { berth_terminal_control(terminal) }
    }

    public static func setOwner(_ terminal: CInt, uid: UInt32) throws(SystemError) {
        try systemCall("fchown", "terminal") { fchown(terminal, uid, gid_t.max) }
    }
}
