import BerthAPI
import OCISpec

/// Where a container is in its life, as the daemon keeps it. What ends in `ing` is an operation under way: found at the
/// next start, it is finished or undone.
enum ContainerPhase: String, Codable, Sendable {
    case creating, created, starting, running, stopping
    /// Has exited, holds nothing, and waits to be started again.
    case restarting
    case exited, removing
}

/// A volume that a container uses.
struct VolumeUse: Codable, Hashable, Sendable {
    var name: String
    var driver: String
    var anonymous: Bool
}

/// Everything the daemon must remember of one container: a row's document.
struct ContainerRecord: Codable, Sendable {
    var detail: ContainerDetail
    var phase: ContainerPhase
    /// The committed snapshot that the container's own is made on.
    var parentSnapshot: String
    var endpoint: NetworkEndpoint?
    var endpointDriver: String?
    var volumes: [VolumeUse]
    var imageMounts: [ImageMount]?
    /// The ids of the host that its own are; nil: the same.
    var idMaps: [RuntimeSpec.IDMapping]?
    var logOptions: [String: String]
    /// Exits because it was told to: no restart policy applies.
    var stopRequested: Bool
    /// It is to run again whatever its policy says of the exit: it is being restarted. Until it runs.
    var restartPending: Bool?
    /// The start under way is its policy's, not a client's.
    var startedByPolicy: Bool?
    /// Its shim went away and nobody knows how it ended. Until it is started again.
    var isLost: Bool?
    /// What a probe of its health executes; nil when its health is not checked.
    var probe: [String]?
    /// Its anonymous volumes are removed with it; said when its removal begins.
    var removesVolumes: Bool?
    /// Why the last attempt to remove it failed: it can be tried again.
    var removalError: String?

    init(detail: ContainerDetail, parentSnapshot: String) {
        self.detail = detail
        phase = .creating
        self.parentSnapshot = parentSnapshot
        volumes = []
        logOptions = [:]
        stopRequested = false
    }

    var id: String { detail.id }

    /// It holds, or may hold, endpoints and mounts of its drivers.
    var isActive: Bool { [.starting, .running, .stopping].contains(phase) }

    /// Snapshots that are kept for it: its own, what that is made on, and those of mounted images.
    var snapshots: [String] { [id, parentSnapshot] + (imageMounts ?? []).flatMap { [$0.key, $0.parent] } }

    func uses(image id: String) -> Bool { detail.imageID == id || imageMounts?.contains { $0.imageID == id } == true }

    func uses(volume name: String) -> Bool { volumes.contains { $0.name == name } }

    /// What clients see of the phase.
    var status: ContainerStatus {
        switch phase {
        case .starting where startedByPolicy == true: .restarting
        case .creating, .created, .starting: detail.state.startedAt == nil ? .created : .exited
        case .running, .stopping: detail.state.status == .paused ? .paused : .running
        case .restarting: .restarting
        case .exited: isLost == true ? .dead : .exited
        case .removing: removalError == nil ? .removing : .dead
        }
    }
}
