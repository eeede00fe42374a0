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
    /// An absolute path in the container; the image's unless said, else `/`.
    public var workingDirectory: String?
    /// `user[:group]`, by name or 32-bit number; the image's unless said.
    public var user: String?
    /// At most 64 bytes; the first 12 characters of the id unless said.
    public var hostname: String?
    /// NIS domain name, at most 64 bytes; none unless said.
    public var domainName: String?
    /// Added to the image's; these win.
    public var labels: [String: String]?
    /// A pseudo-terminal instead of pipes; false unless said.
    public var terminal: Bool?
    /// Keep stdin open even when nobody is attached.
    public var openStdin: Bool?
    /// `SIGTERM` or `15`; the image's unless said.
    public var stopSignal: String?
    /// Seconds between the stop signal and SIGKILL; 10 unless said.
    public var stopTimeout: Int?
    /// The root cannot be written; false unless said.
    public var readOnlyRootfs: Bool?
    /// Run a tiny init as process 1 that reaps and forwards signals.
    public var initProcess: Bool?
    /// Remove the container when it has exited.
    public var autoRemove: Bool?
    /// `no` unless said.
    public var restartPolicy: RestartPolicy?
    /// What is not said in it is the image's.
    public var healthCheck: HealthCheck?
    /// In any order: a mount below another one's target is made after it.
    public var mounts: [MountRequest]?
    /// The default network, nothing published, unless said.
    public var network: NetworkRequest?
    /// Limits; none unless said.
    public var resources: Resources?
    /// The default capabilities, seccomp profile and protected paths unless said.
    public var security: SecurityOptions?
    /// One of its own of each kind but the user's unless said.
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
    /// Of the host, beyond the usual ones (`/dev/null`, `/dev/tty`, …).
    public var devices: [DeviceRequest]?
    /// Of the cgroup's device list, as the kernel has them: `c 42:* rmw`.
    public var deviceRules: [String]?
    /// The cgroup below which the container's is made, from the hierarchy's root; the daemon's unless said.
    public var cgroupParent: String?
    /// Containers whose mounts this one has too: `NAME[:ro|:rw]`.
    public var volumesFrom: [String]?
    /// Kept in the OCI configuration. Names below `dev.berth.` are Berth's own.
    public var annotations: [String: String]?
    /// The default log driver unless said.
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
    /// The driver's own, by name (`--log-opt`); one that it does not know is an `invalidArgument`.
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
    /// What to publish; nothing unless said.
    public var ports: [PortRequest]?
    /// Publish every port that the image exposes on an ephemeral one (`-P`).
    public var publishAll: Bool?
    /// `80`, `80/udp` or `8000-8010/tcp`: added to the image's, published with `publishAll` only.
    public var exposed: [String]?
    /// An IPv4 address of the network's subnet; a free one unless said.
    public var address: String?
    /// `02:42:ac:11:00:02`; the driver chooses unless said.
    public var macAddress: String?
    /// Further names of it on the network.
    public var aliases: [String]?
    /// Addresses of name servers; the host's unless said.
    public var dns: [String]?
    /// Domains to search; the host's unless said.
    public var dnsSearch: [String]?
    /// As in resolv.conf(5): `ndots:2`.
    public var dnsOptions: [String]?
    /// `name:address`, for /etc/hosts.
    public var extraHosts: [String]?

    public init() {}
}

/// A port to publish.
public struct PortRequest: Codable, Hashable, Sendable {
    /// The address to listen on; all when absent.
    public var hostAddress: String?
    /// 0 or absent: an ephemeral one.
    public var hostPort: Int?
    /// The last of a range of host ports to choose from, when more than one will do.
    public var hostPortEnd: Int?
    /// The port in the container.
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
    /// The address listened on.
    public var hostAddress: String
    /// The port listened on.
    public var hostPort: Int
    /// The port in the container.
    public var containerPort: Int
    /// Tcp, udp or sctp.
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
    /// Where it is in its life.
    public var status: ContainerStatus
    /// The init's pid on the host while it runs.
    public var pid: Int?
    /// 0–255; 128+n after signal n; 125–127 as docker uses them. Of the last run.
    public var exitCode: Int
    /// The kernel has killed a process of it for its memory limit, in the last run.
    public var oomKilled: Bool
    /// Why the last start failed or the shim was lost; empty otherwise.
    public var error: String
    /// Of the last run; absent before the first.
    public var startedAt: Timestamp?
    /// Of the last run that ended; absent before.
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
    /// The network's name.
    public var network: String
    /// 64 hexadecimal digits.
    public var networkID: String
    /// The key by which the driver has it.
    public var endpointID: String
    /// Without prefix length; absent where the driver gives none.
    public var address: String?
    /// Bits of the network's part of the address; with `address`.
    public var prefixLength: Int?
    /// The address of its default route; absent without one.
    public var gateway: String?
    /// `02:42:ac:11:00:02`; absent where the driver gives none.
    public var macAddress: String?
    /// What is published, with the host ports that were chosen.
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
    /// Unique; without docker's leading slash.
    public var name: String
    /// When it was made.
    public var createdAt: Timestamp
    /// As it was asked for, with the network's name and what `container.update` changed.
    public var config: ContainerConfig
    /// What is executed: the first argument is the executable.
    public var arguments: [String]
    /// `NAME=value`: the image's and the request's put together.
    public var environment: [String]
    /// An absolute path in the container.
    public var workingDirectory: String
    /// `user[:group]` as it was given; empty for root.
    public var user: String
    /// The image's and the request's put together.
    public var labels: [String: String]
    /// `80/tcp`: the image's and the request's put together.
    public var exposedPorts: [String]
    /// `SIGTERM` or `15`.
    public var stopSignal: String
    /// The reference that was asked for.
    public var image: String
    /// Digest of the image's configuration: `sha256:…`.
    public var imageID: String
    /// Logical name of the plugin that has its root.
    public var snapshotter: String
    /// Logical name of the plugin that has its log, or `none`.
    public var logDriver: String
    /// The log's file on the host, where the driver has one.
    public var logPath: String?
    /// What is mounted in it.
    public var mounts: [MountPoint]
    /// What it got from its networks; empty while it does not run.
    public var networks: [EndpointInfo]
    /// What changes.
    public var state: ContainerState
    /// Restarts by its policy since it was last started by hand.
    public var restartCount: Int
    /// What its health is checked by: the request's and the image's put together.
    public var healthCheck: HealthCheck?
    /// Ids of the execs that run in it.
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

extension ContainerDetail {
    /// Names of the networks that it is on, or will be on when it runs; none with another container's network.
    public var networkNames: [String] {
        guard networks.isEmpty else { return networks.map(\.network) }
        guard let own = config.network?.network, NamespaceMode(own)?.container == nil else { return [] }
        return [own]
    }
}

/// One line of `berth ps`.
public struct ContainerSummary: Codable, Hashable, Sendable {
    /// 64 hexadecimal digits.
    public var id: String
    /// Unique; without docker's leading slash.
    public var name: String
    /// The reference that was asked for.
    public var image: String
    /// Digest of the image's configuration: `sha256:…`.
    public var imageID: String
    /// What is executed: the first is the executable.
    public var arguments: [String]
    /// When it was made.
    public var createdAt: Timestamp
    /// What changes; without the probes' log.
    public var state: ContainerState
    /// What is published; empty while it does not run.
    public var ports: [PortBinding]
    /// `80/tcp`: the image's and the request's put together.
    public var exposedPorts: [String]
    /// The image's and the request's put together.
    public var labels: [String: String]
    /// What is mounted in it.
    public var mounts: [MountPoint]
    /// Names of the networks that it is on, or will be on when it runs.
    public var networks: [String]
    /// Bytes of the writable layer; absent unless the request asked for sizes.
    public var writableSize: Int64?
    /// Bytes of the writable layer and its image together; absent likewise.
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
        networks = detail.networkNames
    }
}
