import BerthAPI
import LinuxSystem
import OCISpec

/// A container's user namespace as its request has it: docker's `host`, podman's `auto`, or maps.
enum UserMode: Hashable {
    case host
    /// A range of the host's ids that no other container has.
    case auto(size: UInt32)
    /// The same maps for users and groups.
    case maps([RuntimeSpec.IDMapping])

    private static let defaultSize: UInt32 = 65_536

    /// - Throws: `invalidArgument` for a mode that is none.
    init(_ text: String?) throws {
        let text = text ?? ""
        if text.isEmpty || text == "host" {
            self = .host
        } else if text == "auto" {
            self = .auto(size: Self.defaultSize)
        } else if let size = Self.size(text) {
            self = .auto(size: size)
        } else {
            self = .maps(try Self.maps(text))
        }
    }

    private static func size(_ text: String) -> UInt32? {
        let prefix = "auto:size="
        guard text.hasPrefix(prefix), let size = UInt32(text.dropFirst(prefix.count)), size > 0 else { return nil }
        return size
    }

    private static func maps(_ text: String) throws -> [RuntimeSpec.IDMapping] {
        let maps = try text.split(separator: ",", omittingEmptySubsequences: false).map { entry in
            let numbers = entry.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
            guard numbers.count == 3, let inside = numbers[0], let outside = numbers[1], let size = numbers[2],
                size > 0, UInt64(max(inside, outside)) + UInt64(size) <= UInt64(UInt32.max)
            else { throw BerthError(.invalidArgument, "invalid USER mode: \(text)") }
            return RuntimeSpec.IDMapping(containerID: inside, hostID: outside, size: size)
        }
        guard maps.contains(where: { $0.containerID == 0 }) else {
            throw BerthError(.invalidArgument, "invalid USER mode: \(text): id 0 of the container is not mapped")
        }
        guard maps.allSatisfy({ one in maps.allSatisfy { one == $0 || !one.overlaps($0) } }),
            Set(maps).count == maps.count
        else { throw BerthError(.invalidArgument, "invalid USER mode: \(text): its ranges overlap") }
        return maps
    }
}

extension RuntimeSpec.IDMapping {
    /// Ids of the host.
    var outside: ClosedRange<UInt32> { hostID...(hostID + size - 1) }

    fileprivate func overlaps(_ other: Self) -> Bool {
        outside.overlaps(other.outside)
            || (containerID...(containerID + size - 1)).overlaps(
                other.containerID...(other.containerID + other.size - 1))
    }
}

extension ContainerPlan {
    /// docker's words for what a user namespace does not go with.
    func checkUserNamespace(_ modes: NamespaceModes) throws {
        guard try UserMode(config.namespaces?.user) != .host else { return }
        if config.security?.privileged == true {
            throw invalid(
                "privileged mode is incompatible with user namespaces:"
                    + " you must run the container in the host namespace when running privileged mode")
        }
        let shared = [
            (modes.pid != .private, "PID"), (modes.ipc == .host || modes.ipc.container != nil, "IPC"),
            (modes.networkContainer != nil, "network"),
        ]
        if let kind = shared.first(where: \.0)?.1 {
            throw invalid("cannot share the \(kind) namespace when user namespaces are enabled")
        }
    }
}
