import Supervisor

/// The further processes of a container's present run: those that are running, and the exit codes of those that have
/// ended last.
struct ExecTable {
    private static let keptAfterEnd = 1024

    private var exits: [String: Promise<Int>] = [:]
    private var ended: [String] = []
    private(set) var running: [String] = []

    /// The exit code, once there is one; nil for an exec that is not known.
    subscript(key: String) -> Promise<Int>? { exits[key] }

    mutating func begin(_ key: String) {
        exits[key] = Promise()
        running.append(key)
    }

    mutating func end(_ key: String, _ code: Int) {
        running.removeAll { $0 == key }
        exits[key]?.fulfil(code)
        ended.append(key)
        if ended.count > Self.keptAfterEnd { exits[ended.removeFirst()] = nil }
    }
}
