/// What a client asks a container to be: the parameters of `container.create`, kept as the container's configuration.
public struct ContainerConfig: Codable, Hashable, Sendable {
    /// A reference, an image id or a unique prefix of one.
    public var image: String
    /// Arguments; empty or absent means the image's.
    public var command: [String]?
    /// Absent means the image's; `[""]` or `[]` resets it.
    public var entrypoint: [String]?
    /// `NAME=value`; added to the image's, the last of a name wins.
    public var environment: [String]?
    public var workingDirectory: String?
    /// `user[:group]`, by name or 32-bit number.
    public var user: String?
    /// At most 64 bytes; the first 12 characters of the id unless said.
    public var hostname: String?
    public var domainName: String?
    public var labels: [String: String]?
    /// A pseudo-terminal instead of pipes.
    public var terminal: Bool?
    /// Keep stdin open even when nobody is attached.
    public var openStdin: Bool?
    /// `SIGTERM` or `15`; the image's unless said.
    public var stopSignal: String?
    /// Seconds between the stop signal and SIGKILL; 10 unless said.
    public var stopTimeout: Int?
    public var readOnlyRootfs: Bool?
    /// Run a tiny init as process 1 that reaps and forwards signals.
    public var initProcess: Bool?
    /// Remove the container when it has exited.
    public var autoRemove: Bool?
    /// `no` unless said.
    public var restartPolicy: RestartPolicy?
    public var healthCheck: HealthCheck?
    public var mounts: [MountRequest]?
    public var network: NetworkRequest?
    public var resources: Resources?
    public var security: SecurityOptions?
    public var namespaces: NamespaceRequest?
    /// Further groups of the user, by name in the container or by 32-bit number.
    public var groups: [String]?
    /// Limits of each process (getrlimit(2)).
    public var ulimits: [Ulimit]?
    /// −1000 to 1000: whom the kernel kills first when memory runs out.
    public var oomScoreAdjustment: Int?
    /// Bytes of /dev/shm; 64 MiB unless said.
    public var sharedMemory: Int64?
    /// Kernel parameters of the container's own namespaces: `net.core.somaxconn` → `1024`.
    public var sysctls: [String: String]?
    public var devices: [DeviceRequest]?
    /// Of the cgroup's device list, as the kernel has them: `c 42:* rmw`.
    public var deviceRules: [String]?
    /// The cgroup below which the container's is made, from the hierarchy's root; the daemon's unless said.
    public var cgroupParent: String?
    /// Containers whose mounts this one has too: `NAME[:ro|:rw]`.
    public var volumesFrom: [String]?
    /// Kept in the OCI configuration. Names below `dev.berth.` are Berth's own.
    public var annotations: [String: String]?
    public var log: LogRequest?
    /// Name of the OCI runtime; the daemon's default unless said.
    public var runtime: String?
    /// Logical name of the snapshotter; the daemon's default unless said.
    public var snapshotter: String?
    /// `os/architecture[/variant]`; the host's unless said.
    public var platform: String?

    public init(image: String) { self.image = image }
}

public struct LogRequest: Codable, Hashable, Sendable {
    /// Logical name of a log plugin, or `none`.
    public var driver: String?
    public var options: [String: String]?

    public init(driver: String? = nil, options: [String: String]? = nil) {
        self.driver = driver
        self.options = options
    }
}

public struct NetworkRequest: Codable, Hashable, Sendable {
    /// The name or id of a network; `bridge`, `none` and `host` exist from the start. The default network unless said.
    /// `container:NAME` shares the network of a container that runs.
    public var network: String?
    public var ports: [PortRequest]?
    /// Publish every port that the image exposes on an ephemeral one (`-P`).
    public var publishAll: Bool?
    public var exposed: [String]?
    public var address: String?
    public var macAddress: String?
    public var aliases: [String]?
    public var dns: [String]?
    public var dnsSearch: [String]?
    public var dnsOptions: [String]?
    /// `name:address`, for /etc/hosts.
    public var extraHosts: [String]?

    public init() {}
}

/// A port to publish.
public struct PortRequest: Codable, Hashable, Sendable {
    /// The address to listen on; all unless said.
    public var hostAddress: String?
    /// 0 or absent: an ephemeral one.
    public var hostPort: Int?
    /// The last of a range of host ports to choose from, when more than one will do.
    public var hostPortEnd: Int?
    public var containerPort: Int
    /// `tcp`, `udp` or `sctp`.
    public var proto: String

    public init(hostAddress: String? = nil, hostPort: Int? = nil, containerPort: Int, proto: String = "tcp") {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.proto = proto
    }
}

/// A port that is published.
public struct PortBinding: Codable, Hashable, Sendable {
    public var hostAddress: String
    public var hostPort: Int
    public var containerPort: Int
    public var proto: String

    public init(hostAddress: String, hostPort: Int, containerPort: Int, proto: String) {
        self.hostAddress = hostAddress
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.proto = proto
    }
}

/// Where a container is in its life.
public enum ContainerStatus: String, Codable, CaseIterable, Sendable {
    case created, running, paused, restarting, removing, exited, dead
}

/// The changing part of a container.
public struct ContainerState: Codable, Hashable, Sendable {
    public var status: ContainerStatus
    /// The init's pid on the host while it runs.
    public var pid: Int?
    /// 0–255; 128+n after signal n; 125–127 as docker uses them. Of the last run.
    public var exitCode: Int
    public var oomKilled: Bool
    /// Why the last start failed or the shim was lost; empty otherwise.
    public var error: String
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// Of the last run; absent without a health check.
    public var health: HealthState?

    public init(status: ContainerStatus) {
        self.status = status
        exitCode = 0
        oomKilled = false
        error = ""
    }
}

/// What a running container got from its network.
public struct EndpointInfo: Codable, Hashable, Sendable {
    public var network: String
    public var networkID: String
    public var endpointID: String
    public var address: String?
    public var prefixLength: Int?
    public var gateway: String?
    public var macAddress: String?
    public var ports: [PortBinding]

    public init(network: String, networkID: String, endpointID: String) {
        self.network = network
        self.networkID = networkID
        self.endpointID = endpointID
        ports = []
    }
}

/// All there is to know of one container.
public struct ContainerDetail: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    public var name: String
    public var createdAt: Timestamp
    public var config: ContainerConfig
    /// What is executed: the first argument is the executable.
    public var arguments: [String]
    /// The merged environment, working folder, user and labels.
    public var environment: [String]
    public var workingDirectory: String
    public var user: String
    public var labels: [String: String]
    public var exposedPorts: [String]
    public var stopSignal: String
    /// The reference that was asked for and the image's id (digest of its configuration).
    public var image: String
    public var imageID: String
    public var snapshotter: String
    public var logDriver: String
    public var logPath: String?
    public var mounts: [MountPoint]
    public var networks: [EndpointInfo]
    public var state: ContainerState
    /// Restarts by its policy since it was last started by hand.
    public var restartCount: Int
    /// What its health is checked by: the request's and the image's put together.
    public var healthCheck: HealthCheck?
    public var execIDs: [String]
    /// The container's own files: hostname, hosts, resolv.conf.
    public var directory: String

    public init(
        id: String, name: String, createdAt: Timestamp, config: ContainerConfig, image: String, imageID: String,
        snapshotter: String, logDriver: String, directory: String
    ) {
        self.id = id
        self.name = name
        self.createdAt = createdAt
        self.config = config
        self.image = image
        self.imageID = imageID
        self.snapshotter = snapshotter
        self.logDriver = logDriver
        self.directory = directory
        arguments = []
        environment = []
        workingDirectory = "/"
        user = ""
        labels = [:]
        exposedPorts = []
        stopSignal = "SIGTERM"
        mounts = []
        networks = []
        state = ContainerState(status: .created)
        restartCount = 0
        execIDs = []
    }
}

/// One line of `berth ps`.
public struct ContainerSummary: Codable, Hashable, Sendable {
    public var id: String
    public var name: String
    public var image: String
    public var imageID: String
    public var arguments: [String]
    public var createdAt: Timestamp
    public var state: ContainerState
    public var ports: [PortBinding]
    public var exposedPorts: [String]
    public var labels: [String: String]
    public var mounts: [MountPoint]
    public var networks: [String]
    /// Bytes of the writable layer and of it with its image, where the request asked for them.
    public var writableSize: Int64?
    public var rootfsSize: Int64?

    public init(_ detail: ContainerDetail) {
        id = detail.id
        name = detail.name
        image = detail.image
        imageID = detail.imageID
        arguments = detail.arguments
        createdAt = detail.createdAt
        state = detail.state
        state.health?.log = nil
        ports = detail.networks.flatMap(\.ports)
        exposedPorts = detail.exposedPorts
        labels = detail.labels
        mounts = detail.mounts
        networks = detail.networks.map(\.network)
    }
}
