public import JSON
import LinuxSystem

/// What hooks, seccomp agents and callers are told of a container (runtime.md, "State").
public struct ContainerState: Hashable, Sendable {
    public static let specificationVersion = "1.2.0"

    public var id: String
    /// `creating`, `created`, `running`, `paused` or `stopped`.
    public var status: String
    /// The first process, by its number where it is told; 0 when there is none any more.
    public var pid: CInt
    public var bundle: String
    public var annotations: [String: String]?

    public init(id: String, status: String, pid: CInt, bundle: String, annotations: [String: String]? = nil) {
        self.id = id
        self.status = status
        self.pid = pid
        self.bundle = bundle
        self.annotations = annotations
    }

    public var json: JSON {
        var members: [(String, JSON)] = [
            ("ociVersion", JSON(Self.specificationVersion)), ("id", JSON(id)), ("status", JSON(status)),
        ]
        if pid != 0 { members.append(("pid", JSON(Int64(pid)))) }
        members.append(("bundle", JSON(bundle)))
        if let annotations {
            let pairs = annotations.sorted { $0.key < $1.key }.map { ($0.key, JSON($0.value)) }
            members.append(("annotations", .object(pairs)))
        }
        return .object(members)
    }
}
