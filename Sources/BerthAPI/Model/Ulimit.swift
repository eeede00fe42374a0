/// A limit of each process (getrlimit(2)).
public struct Ulimit: Codable, Hashable, Sendable {
    /// `nofile`, `core`, …: the kernel's name without `RLIMIT_`, in small letters.
    public var name: String
    /// −1 is unlimited; bytes, seconds or a number, as the limit has it.
    public var soft: Int64
    /// What the soft limit may be raised to; as `soft`.
    public var hard: Int64

    public init(name: String, soft: Int64, hard: Int64) {
        self.name = name
        self.soft = soft
        self.hard = hard
    }
}
