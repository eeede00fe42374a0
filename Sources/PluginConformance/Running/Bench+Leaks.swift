import LinuxSystem

/// What a plugin holds: it must not grow with the calls made.
struct Holdings {
    var descriptors: Int
    var children: Int
    var stateFiles: Int
    var mounts: Int
}

extension Bench {
    private static let slack = 3

    /// Runs `cycle`, which leaves nothing behind, again and again: what the plugin holds may grow at first, not later.
    func leaks(warmUp: Int = 4, cycles: Int = 24, _ cycle: (Int) throws -> Void) throws {
        for round in 0..<warmUp { try cycle(round) }
        let before = try settled { _ in true }
        for round in warmUp..<warmUp + cycles { try cycle(round) }
        let after = try settled { now in
            now.descriptors <= before.descriptors + Self.slack && now.children <= before.children + Self.slack
                && now.stateFiles <= before.stateFiles + Self.slack
        }
        func compare(_ what: String, _ value: KeyPath<Holdings, Int>, _ slack: Int) throws {
            let (old, new) = (before[keyPath: value], after[keyPath: value])
            try require(new <= old + slack, "\(what): \(old) after \(warmUp) cycles, \(new) after \(cycles) more")
        }
        try compare("open descriptors", \.descriptors, Self.slack)
        try compare("child processes", \.children, Self.slack)
        try compare("files in the state folder", \.stateFiles, Self.slack)
        try compare("mounts below its folders", \.mounts, 0)
    }

    /// What it holds, once that is acceptable or five seconds have passed: some is released after the answer.
    private func settled(_ isAcceptable: (Holdings) -> Bool) throws -> Holdings {
        let deadline = MonotonicTime.now + .seconds(5)
        while true {
            let holdings = try holdings()
            if isAcceptable(holdings) || .now >= deadline { return holdings }
            try session.ping()
        }
    }

    private func holdings() throws -> Holdings {
        guard let pid = process?.pid else { throw Violation("the plugin does not run") }
        return Holdings(
            descriptors: try listDirectory("/proc/\(pid)/fd").count, children: children(of: pid),
            stateFiles: Self.count(stateDirectory), mounts: mounts(seenBy: "self") + mounts(seenBy: "\(pid)"))
    }

    /// Of all its threads (proc_pid_task(5)).
    private func children(of pid: CInt) -> Int {
        let threads = (try? listDirectory("/proc/\(pid)/task")) ?? []
        return threads.reduce(0) { sum, thread in
            let bytes = (try? readFile("/proc/\(pid)/task/\(thread)/children")) ?? []
            return sum + bytes.count { $0 == UInt8(ascii: " ") }
        }
    }

    private func mounts(seenBy process: String) -> Int {
        let bytes = (try? readFile("/proc/\(process)/mountinfo")) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").count { $0.contains(directory) }
    }

    private static func count(_ folder: String) -> Int {
        guard let names = try? listDirectory(folder) else { return 1 }
        return names.reduce(1) { $0 + count("\(folder)/\($1)") }
    }
}
