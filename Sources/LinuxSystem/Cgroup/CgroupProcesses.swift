import Glibc

extension Cgroup {
    /// Processes in the group and in groups below it, by their numbers in this pid namespace.
    public func processes() throws(SystemError) -> [CInt] {
        guard let folder = folder(of: .freezer) ?? folders.first
        else { return [] }
        var found: [CInt] = []
        try Self.collect(folder, into: &found)
        return found
    }

    /// v2: the group that a process is in (`/proc/<pid>/cgroup`), when it is this one or below it.
    public func part(of pid: CInt) throws(SystemError) -> Cgroup? {
        let text = String(decoding: try readFile("/proc/\(pid)/cgroup", limit: 64 << 10), as: UTF8.self)
        guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return nil }
        let name = String(line.dropFirst(3))
        return name == path || name.hasPrefix("\(path)/") ? try Cgroup(name, in: layout) : nil
    }

    private static func collect(_ folder: String, into found: inout [CInt]) throws(SystemError) {
        do {
            found += try KernelFolder(folder, [.cgroup, .cgroup2]).read("cgroup.procs").words.compactMap { CInt($0) }
        } catch  where [.noEntry, .noDevice].contains(error.errno) {
            return
        } catch  where error.errno == .notSupported {
            // A group of threads: its processes are listed in the nearest group above that is none.
            return
        }
        for child in try children(folder) { try collect(child, into: &found) }
    }

    private static func children(_ folder: String) throws(SystemError) -> [String] {
        guard let stream = opendir(folder) else {
            if Errno.current == .noEntry { return [] }
            throw SystemError(.current, "opendir", folder)
        }
        defer { closedir(stream) }
        var found: [String] = []
        while let entry = readdir(stream) {
            guard entry.pointee.d_type == UInt8(DT_DIR) else { continue }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { found.append("\(folder)/\(name)") }
        }
        return found
    }

    /// Sends a signal to every process in the group.
    public func signalAll(_ signal: CInt) throws(SystemError) {
        if signal == SIGKILL, layout.version == .v2, try killTree() { return }
        for pid in try processes() {
            do {
                let pidfd = try ProcessDescriptor.open(pid)
                try ProcessDescriptor.signal(pidfd.raw, signal)
            } catch  where error.errno == .noProcess {
                continue
            }
        }
    }

    /// `cgroup.kill`, since Linux 5.14.
    private func killTree() throws(SystemError) -> Bool {
        do {
            try KernelFolder(folders[0], [.cgroup2]).write("cgroup.kill", "1")
            return true
        } catch  where error.errno == .noEntry {
            return false
        }
    }

    /// Removes the group and those below it, killing what is left inside. One that is gone is no error.
    ///
    /// - Parameter milliseconds: how long processes may take to die.
    /// - Throws: `busy` when some did not.
    public func remove(milliseconds: CInt = 5000) throws(SystemError) {
        var left = milliseconds
        for folder in folders {
            while try !Self.removeTree(folder) {
                guard left > 0 else { throw SystemError(.busy, "rmdir", folder) }
                left -= try emptyOut(milliseconds: min(left, 100))
            }
        }
    }

    /// Whether the tree is gone; false when a process is still in it.
    private static func removeTree(_ folder: String) throws(SystemError) -> Bool {
        if rmdir(folder) == 0 { return true }
        switch Errno.current {
        case .noEntry: return true
        case .busy, .notEmpty:
            for child in try children(folder) where try !removeTree(child) { return false }
            if rmdir(folder) == 0 || Errno.current == .noEntry { return true }
            if Errno.current == .busy { return false }
            throw SystemError(.current, "rmdir", folder)
        default: throw SystemError(.current, "rmdir", folder)
        }
    }

    /// Kills what is inside and waits for the end of one of them; the time that counts as passed.
    private func emptyOut(milliseconds: CInt) throws(SystemError) -> CInt {
        let pids = try processes()
        // A frozen process dies only when thawed.
        try thaw()
        try signalAll(SIGKILL)
        for pid in pids {
            do {
                let pidfd = try ProcessDescriptor.open(pid)
                return try ProcessDescriptor.waitUntilEnded(pidfd.raw, milliseconds: milliseconds) ? 1 : milliseconds
            } catch  where error.errno == .noProcess {
                continue
            }
        }
        // Nobody is listed, yet the group is busy: an exit is under way, and the kernel gives no event for its end.
        var none = pollfd()
        _ = poll(&none, 0, 1)
        return 1
    }
}
