import Glibc

/// User namespaces and their maps (user_namespaces(7)).
public enum UserNamespace {
    /// A range of ids: `size` of them from `inside` on are those from `outside` on of the parent namespace.
    public struct Range: Hashable, Sendable {
        public var inside: UInt32
        public var outside: UInt32
        public var size: UInt32

        public init(inside: UInt32, outside: UInt32, size: UInt32) {
            self.inside = inside
            self.outside = outside
            self.size = size
        }

        var line: String { "\(inside) \(outside) \(size)\n" }
    }

    /// The users and the groups of a namespace.
    public struct Maps: Hashable, Sendable {
        public var users: [Range]
        public var groups: [Range]

        public init(users: [Range], groups: [Range]) {
            self.users = users
            self.groups = groups
        }

        /// Writes the maps of the namespace that a process is in, once for ever.
        public func write(_ process: borrowing KernelFolder) throws(SystemError) {
            try process.write("uid_map", users.map(\.line).joined())
            try process.write("gid_map", groups.map(\.line).joined())
        }

        /// The maps of the namespace that a process is in.
        public init(_ process: borrowing KernelFolder) throws(SystemError) {
            users = Self.parse(try process.read("uid_map"))
            groups = Self.parse(try process.read("gid_map"))
        }

        private static func parse(_ text: String) -> [Range] {
            text.split(separator: "\n").compactMap { line in
                let numbers = line.split(whereSeparator: \.isWhitespace).compactMap { UInt32($0) }
                guard numbers.count == 3 else { return nil }
                return Range(inside: numbers[0], outside: numbers[1], size: numbers[2])
            }
        }
    }

    /// A namespace with nobody in it, to map the ids of a mount. Only for a process with one thread.
    public static func make(_ maps: Maps) throws(SystemError) -> Descriptor {
        switch try cloneProcess(.user) {
        case .child:
            while true { pause() }
        case .parent(let pid, let pidfd):
            // It is only there to be looked at, and goes whatever becomes of that.
            defer {
                _ = try? ProcessDescriptor.signal(pidfd.raw, SIGKILL)
                _ = try? ProcessDescriptor.wait(pidfd.raw)
            }
            try maps.write(KernelFolder("/proc/\(pid)", [.proc]))
            return try Namespace.open("/proc/\(pid)/ns/user")
        }
    }
}

extension [UserNamespace.Range] {
    /// The parent namespace's id for one of this map; nil when it has none.
    public func outside(_ inside: UInt32) -> UInt32? {
        first { inside >= $0.inside && inside - $0.inside < $0.size }.map { $0.outside + (inside - $0.inside) }
    }
}
