import Glibc

extension Cgroup {
    /// Stops every process of the group and returns when all stand still.
    public func freeze(milliseconds: Int = 2000) throws(SystemError) {
        switch layout.version {
        case .v1: try changeState("FROZEN", milliseconds)
        case .v2: try changeFreeze("1", milliseconds)
        }
    }

    /// Lets them go on. A group that is gone is no error.
    public func thaw(milliseconds: Int = 2000) throws(SystemError) {
        do {
            switch layout.version {
            case .v1: try changeState("THAWED", milliseconds)
            case .v2: try changeFreeze("0", milliseconds)
            }
        } catch  where error.errno == .noEntry {
            return
        }
    }

    public var isFrozen: Bool {
        get throws(SystemError) {
            switch layout.version {
            case .v1: try read(.freezer, "freezer.state").map { $0.trimmed != "THAWED" } ?? false
            case .v2: try read(.freezer, "cgroup.freeze")?.trimmed == "1"
            }
        }
    }

    /// v1 has no event: a fork that ran while the group was being frozen needs the state to be written once more.
    private func changeState(_ state: String, _ milliseconds: Int) throws(SystemError) {
        guard let folder = folder(of: .freezer) else {
            throw SystemError(.notSupported, "cgroup", "the host has no freezer controller")
        }
        let files = try KernelFolder(folder, [.cgroup])
        for _ in 0..<milliseconds {
            try files.write("freezer.state", state)
            if try files.read("freezer.state").trimmed == state { return }
            var none = pollfd()
            _ = poll(&none, 0, 1)
        }
        throw SystemError(.timedOut, "freeze", folder)
    }

    /// v2 tells by a change of `cgroup.events`; a read of the descriptor that is waited on takes the last change.
    private func changeFreeze(_ value: String, _ milliseconds: Int) throws(SystemError) {
        let files = try KernelFolder(folders[0], [.cgroup2])
        let events = try files.open("cgroup.events", forWriting: false)
        let raw = events.raw
        try files.write("cgroup.freeze", value)
        for _ in 0..<8 {
            var buffer = [UInt8](repeating: 0, count: 256)
            let count = try systemCall("pread", "cgroup.events") { pread(raw, &buffer, buffer.count, 0) }
            if String(decoding: buffer[..<count], as: UTF8.self).contains("frozen \(value)") { return }
            var event = pollfd(fd: raw, events: Int16(POLLPRI), revents: 0)
            try systemCall("poll", "cgroup.events") { poll(&event, 1, CInt(milliseconds / 8)) }
        }
        throw SystemError(.timedOut, "freeze", folders[0])
    }
}
