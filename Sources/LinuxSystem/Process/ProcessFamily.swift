/// A process with what it has started: its session, and its descendants in whatever session (setsid(2)).
public enum ProcessFamily {
    private static let rounds = 16

    /// Kills a process that leads a session, and its family.
    ///
    /// All are stopped before the first is killed: who stands still starts nobody, and orphans of a process that was
    /// killed could not be traced to it any more.
    ///
    /// - Parameter candidates: Processes that may belong to it, such as those of its cgroup.
    public static func kill(_ leader: CInt, among candidates: () throws(SystemError) -> [CInt]) throws(SystemError) {
        var family: Set<CInt> = []
        var found: Set<CInt> = [leader]
        for _ in 0..<rounds where !found.isEmpty {
            for pid in found { try send(stopSignal, to: pid) }
            family.formUnion(found)
            let places = Dictionary(
                try candidates().compactMap { pid in Place(of: pid).map { (pid, $0) } }, uniquingKeysWith: { $1 })
            found = members(of: family, places).subtracting(family)
        }
        for pid in family { try send(killSignal, to: pid) }
    }

    private static let stopSignal: CInt = 19
    private static let killSignal: CInt = 9

    private static func send(_ signal: CInt, to pid: CInt) throws(SystemError) {
        do {
            let process = try ProcessDescriptor.open(pid)
            try ProcessDescriptor.signal(process.raw, signal)
        } catch {
            guard error.errno == .noProcess else { throw error }
        }
    }

    /// Those who descend from, or share a session that was led by, one of them.
    private static func members(of elders: Set<CInt>, _ places: [CInt: Place]) -> Set<CInt> {
        var family = elders
        while true {
            let more = places.filter { pid, place in
                !family.contains(pid) && (family.contains(place.parent) || family.contains(place.session))
            }.keys
            if more.isEmpty { return family }
            family.formUnion(more)
        }
    }

    /// Where a process stands (proc_pid_stat(5), fields 4 and 6).
    private struct Place {
        var parent: CInt
        var session: CInt

        init?(of pid: CInt) {
            guard let bytes = try? readFile("/proc/\(pid)/stat", limit: 4096),
                let end = bytes.lastIndex(of: UInt8(ascii: ")"))
            else { return nil }
            let fields = String(decoding: bytes[(end + 1)...], as: UTF8.self).split(separator: " ")
            guard fields.count > 3, fields[0] != "Z", let parent = CInt(fields[1]), let session = CInt(fields[3]) else {
                return nil
            }
            self.init(parent: parent, session: session)
        }

        init(parent: CInt, session: CInt) {
            self.parent = parent
            self.session = session
        }
    }
}
