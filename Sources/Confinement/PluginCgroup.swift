import LinuxSystem
import Synchronization

/// The control groups of the plugins: `<parent>/plugins/<name>-<owner>-<number>`, one for each process.
final class PluginCgroups: Sendable {
    private let parent: String
    private let owner: String
    private let layout: CgroupLayout?
    private let tell: @Sendable (String) -> Void
    private let failed = Atomic<Bool>(false)

    /// - Parameter owner: a word without `-`.
    init(parent: String, owner: String, warn: @escaping @Sendable (String) -> Void) {
        self.parent = "\(parent)/plugins"
        self.owner = owner
        tell = warn
        do {
            layout = try CgroupLayout.detect()
        } catch {
            layout = nil
            warn("\(error)")
        }
    }

    /// Whether plugins get groups; false once one could not be made.
    var isUsable: Bool { layout != nil && !failed.load(ordering: .relaxed) }

    private func warn(_ reason: String) {
        guard !failed.exchange(true, ordering: .relaxed) else { return }
        tell("plugins run without limits of memory and processes: \(reason)")
    }

    /// A group with these limits; nil where none can be made, which is said once.
    func make(for name: String, memory: Int64?, processes: Int?) -> PluginCgroup? {
        guard isUsable, let layout else { return nil }
        // Not a count: the daemon's next program has the same pid, and goes on with the groups that are there.
        let number = UInt32.random(in: 0...UInt32.max)
        do {
            let group = try Self.group("\(parent)/\(name)-\(owner)-\(number)", in: layout)
            let made = PluginCgroup(group: group, warn: tell)
            do {
                try group.create()
                try made.limit(memory: memory, processes: processes)
            } catch {
                made.remove()
                throw error
            }
            return made
        } catch {
            warn("\(error)")
            return nil
        }
    }

    /// A group with memory and processes only, which is all that is limited.
    static func group(_ path: String, in layout: CgroupLayout) throws(SystemError) -> Cgroup {
        try Cgroup(path, in: layout, leaving: CgroupController.allCases.filter { $0 != .memory && $0 != .pids })
    }

    /// Ends the processes in the owner's groups, but for those in `kept`, and removes the groups.
    func endLeftovers(except kept: Set<String>) {
        guard let layout else { return }
        for path in Set(layout.hierarchies.flatMap { groups(below: $0) }).subtracting(kept) {
            do {
                try Self.group(path, in: layout).remove()
            } catch {
                tell("what the last daemon left in control group \(path) cannot be ended: \(error)")
            }
        }
    }

    /// The owner's groups in one hierarchy.
    private func groups(below root: String) -> [String] {
        ((try? listDirectory(root + parent)) ?? [])
            .filter { $0.split(separator: "-").suffix(2).first == owner[...] }
            .map { "\(parent)/\($0)" }
    }

    /// Removes the owner's groups that nobody is in, and the folder of all groups when it is empty. A group of another
    /// owner may be about to be entered.
    func removeEmpty(withParent: Bool) {
        for root in layout?.hierarchies ?? [] {
            for group in groups(below: root) { removeEmptyDirectory(root + group) }
            removeEmptyDirectory(root + parent)
            if withParent { removeEmptyDirectory(root + parentDirectory(parent)) }
        }
    }
}

/// The control group of one process and its children.
struct PluginCgroup: Sendable {
    let group: Cgroup
    let warn: @Sendable (String) -> Void

    func limit(memory: Int64?, processes: Int?) throws(SystemError) {
        let isFirst = group.layout.version == .v1
        if let memory {
            try group.open(.memory).write(isFirst ? "memory.limit_in_bytes" : "memory.max", "\(memory)")
            // Without these files the host does not count swap.
            if isFirst {
                try writeIfThere(.memory, "memory.memsw.limit_in_bytes", "\(memory)")
            } else {
                try writeIfThere(.memory, "memory.swap.max", "0")
                try writeIfThere(.memory, "memory.oom.group", "1")
            }
        }
        if let processes { try group.open(.pids).write("pids.max", "\(processes)") }
    }

    private func writeIfThere(_ controller: CgroupController, _ file: String, _ value: String) throws(SystemError) {
        do {
            try group.open(controller).write(file, value)
        } catch  where error.errno == .noEntry {
            return
        }
    }

    /// Whether the kernel ended a process of the group for want of memory.
    var isOutOfMemory: Bool { (try? group.oomKills()) ?? 0 > 0 }

    /// Whether a fork failed for want of room in the group (pids.events).
    var hasRefusedProcesses: Bool {
        let words = ((try? group.read(.pids, "pids.events")) ?? "")?.split(whereSeparator: \.isWhitespace) ?? []
        return words.count > 1 && words[0] == "max" && words[1] != "0"
    }

    /// Its last process has ended.
    func remove() {
        do {
            try group.remove(milliseconds: 100)
        } catch {
            warn("a plugin's control group stays: \(error)")
        }
    }
}
