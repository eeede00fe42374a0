import BerthAPI
import ContainerRuntime
import JSON
import LinuxSystem
import OCISpec

/// A container's folder, made by the daemon.
///
/// ```
/// config.json   OCI configuration                         daemon → shim
/// shim.sock     where the shim listens                    daemon
/// shim.log      the shim's stderr                         daemon opens, shim writes
/// shim.json     the first process, told from later ones   shim: what is left when the shim was killed
/// exit.json     how it ended                              shim, before anyone is told
/// ```
struct Bundle {
    let path: String

    func readSpec() throws -> RuntimeSpec { try readConfiguration().decode(RuntimeSpec.self) }

    func readSettings() throws -> ShimSettings { try ShimSettings(try readConfiguration()) }

    private func readConfiguration() throws -> JSON { try JSON(parsing: try readFile("\(path)/config.json")) }

    func write(_ identity: ShimIdentity) throws { try write("shim.json", JSON(encoding: identity)) }

    func readIdentity() throws -> ShimIdentity {
        try JSON(parsing: try readFile("\(path)/shim.json")).decode(ShimIdentity.self)
    }

    /// Members as `ExitRecord` has them.
    func write(_ exit: ExitRecord) throws { try write("exit.json", JSON(encoding: exit)) }

    /// The bundle is state of this boot: rename makes it whole, but it need not survive a loss of power.
    private func write(_ name: String, _ value: JSON) throws {
        try writeFile("\(path)/\(name)", value.serialized(), durable: false)
    }
}

/// `shim.json`: who may be signalled when the shim is gone. A process with this number and another start time is
/// somebody else's (proc_pid_stat(5), field 22).
struct ShimIdentity: Codable, Sendable {
    var shim: Int
    var pid: Int
    /// Clock ticks after boot.
    var startTime: UInt64
    /// For those who enter the container later; nil when another runtime holds it.
    var container: ContainerRecord?
}

/// What the shim itself needs of `config.json`, taken without the types of the specification, whose description in
/// memory would stay.
struct ShimSettings {
    enum Input: String { case closed, open, once }

    var input = Input.closed
    var nonBlockingLog = false
    /// Nothing waits for a log driver that is not there.
    var optionalLog = false
    var terminal = false
    var initProgram: String?
    var cgroupPath: String?
    /// Something is to run once the container is gone; another runtime sees to its own.
    var hasPoststopHooks = false
    /// Another OCI runtime, with the options before its verb; nil: the container is made here.
    var runtime: [String]?

    init(_ configuration: JSON) throws {
        let annotations = configuration["annotations"]
        terminal = configuration["process"]?["terminal"]?.bool == true
        cgroupPath = configuration["linux"]?["cgroupsPath"]?.string
        initProgram = annotations?["dev.berth.init.program"]?.string
        if let text = annotations?["dev.berth.stdin"]?.string {
            guard let value = Input(rawValue: text) else {
                throw BerthError(.invalidArgument, "annotation dev.berth.stdin is \(text), not closed, open or once")
            }
            input = value
        }
        if let text = annotations?[RuntimeAnnotation.runtime]?.string {
            runtime = try JSON(parsing: text).array?.compactMap(\.string)
            guard runtime?.isEmpty == false else {
                throw BerthError(
                    .invalidArgument, "annotation \(RuntimeAnnotation.runtime) is no list of words: \(text)")
            }
        }
        hasPoststopHooks = runtime == nil && configuration["hooks"]?["poststop"]?.array?.isEmpty == false
        optionalLog = annotations?["dev.berth.log.optional"]?.string == "true"
        switch annotations?["dev.berth.log.mode"]?.string {
        case nil, "blocking": break
        case "non-blocking": nonBlockingLog = true
        case .some(let text):
            throw BerthError(
                .invalidArgument, "annotation dev.berth.log.mode is \(text), not blocking or non-blocking")
        }
    }

    /// nil when the container has none.
    func cgroup() throws -> Cgroup? {
        guard let cgroupPath, !cgroupPath.isEmpty else { return nil }
        return try Cgroup(cgroupPath, in: CgroupLayout.detect())
    }
}
