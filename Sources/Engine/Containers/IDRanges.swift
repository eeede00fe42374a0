import BerthAPI
import LinuxSystem
import OCISpec
import Synchronization

/// Ranges of the host's user and group ids that are given to containers, each to one.
final class IDRanges: Sendable {
    /// systemd keeps this range for containers (its UIDS-GIDS document).
    private static let pool: ClosedRange<UInt32> = 0x8_0000...0x6fff_ffff
    private let index: ContainerIndex
    /// Given to containers that are not recorded yet.
    private let pending = Mutex<[String: [RuntimeSpec.IDMapping]]>([:])

    init(_ index: ContainerIndex) { self.index = index }

    /// Maps for a container; nil when it has the host's ids. Held for it until `settle`.
    func take(_ mode: UserMode, for id: String) throws -> [RuntimeSpec.IDMapping]? {
        switch mode {
        case .host: return nil
        case .maps(let maps): return maps
        case .auto(let size):
            return try pending.withLock { pending in
                let others = pending.values.joined() + index.all.flatMap { $0.idMaps ?? [] }
                let taken = (others.map(\.outside) + Self.subordinate()).sorted { $0.lowerBound < $1.lowerBound }
                let map = RuntimeSpec.IDMapping(containerID: 0, hostID: try Self.free(size, taken), size: size)
                pending[id] = [map]
                return [map]
            }
        }
    }

    /// The container is recorded, or will not be.
    func settle(_ id: String) { pending.withLock { $0[id] = nil } }

    private static func free(_ size: UInt32, _ taken: [ClosedRange<UInt32>]) throws -> UInt32 {
        var start = UInt64(pool.lowerBound)
        for range in taken where UInt64(range.upperBound) >= start {
            if UInt64(range.lowerBound) >= start + UInt64(size) { break }
            start = UInt64(range.upperBound) + 1
        }
        guard start + UInt64(size) - 1 <= UInt64(pool.upperBound) else {
            throw BerthError(.resourceExhausted, "no \(size) user ids are free for a user namespace")
        }
        return UInt32(start)
    }

    /// What the host gives its users for theirs (subuid(5)).
    private static func subordinate() -> [ClosedRange<UInt32>] {
        ["/etc/subuid", "/etc/subgid"].flatMap { file -> [ClosedRange<UInt32>] in
            let text = (try? readFile(file, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return text.split(separator: "\n").compactMap { line in
                let fields = line.split(separator: ":")
                guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0,
                    !first.addingReportingOverflow(count - 1).overflow
                else { return nil }
                return first...(first + count - 1)
            }
        }
    }
}
