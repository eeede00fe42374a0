import CLinux
import Glibc

/// Who the running process is (credentials(7)). Only for a process with one thread.
public enum Credentials {
    /// Sets supplementary groups, then the group, then the user, each real, effective and saved.
    public static func become(uid: UInt32, gid: UInt32, groups: [UInt32]) throws(SystemError) {
        // −1 means "leave it" to the kernel: it is no identity.
        guard uid != UInt32.max, gid != UInt32.max, !groups.contains(UInt32.max) else {
            throw SystemError(.invalid, "setresuid", "\(uid):\(gid)")
        }
        try systemCall("setresuid", "\(uid):\(gid)") {
            berth_set_ids(CInt(bitPattern: uid), CInt(bitPattern: gid), groups, groups.count)
        }
    }

    /// Sets who the process is to file systems (setfsuid(2)). From 0 to another the effective capabilities about files are
    /// lost, back to 0 they are there again.
    public static func setFilesystemIDs(uid: UInt32, gid: UInt32) throws(SystemError) {
        try systemCall("setfsuid", "\(uid):\(gid)") {
            berth_set_filesystem_ids(CInt(bitPattern: uid), CInt(bitPattern: gid))
        }
    }

    /// Keeps the permitted capabilities over a change of user (PR_SET_KEEPCAPS); the next exec resets it.
    public static func keepCapabilities() throws(SystemError) {
        try systemCall("prctl", "PR_SET_KEEPCAPS") { berth_prctl(ProcessControl.keepCapabilities, 1, 0, 0, 0) }
    }

    /// An exec grants nothing any more: set-user-ID bits and file capabilities are ignored (PR_SET_NO_NEW_PRIVS).
    public static func forbidNewPrivileges() throws(SystemError) {
        try systemCall("prctl", "PR_SET_NO_NEW_PRIVS") { berth_prctl(ProcessControl.noNewPrivileges, 1, 0, 0, 0) }
    }
}
