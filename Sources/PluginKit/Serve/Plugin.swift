import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Synchronization

/// A plugin process: declare its methods, then `run()`.
///
///     @main struct Main {
///         static func main() {
///             let plugin = Plugin(name: "local", version: "1.0.0", kinds: [.volume]) { environment in
///                 try LocalVolumes(root: environment.stateDirectory)
///             }
///             plugin.on(VolumeDriverCreate.self) { volumes, request, _ in try volumes.create(request) }
///             plugin.run()
///         }
///     }
///
/// The main thread runs the event loop and answers pings; handlers run on a pool of threads, several at once, and may
/// block. What a handler throws becomes the answer: a `BerthError` as it is, a `SystemError` by its errno.
public final class Plugin<Driver: Sendable>: Sendable {
    public typealias Handler<M: Method> = @Sendable (Driver, M, RequestContext) throws -> M.Result

    struct Hooks {
        var configure: (@Sendable (Driver, JSON) throws -> Void)?
        var stats: (@Sendable (Driver) -> JSON)?
        var ping: (@Sendable (Driver) -> Bool)?
        var stop: (@Sendable (Driver) -> Void)?
    }

    public let identity: PeerIdentity
    public let kinds: [PluginKind]
    let capabilities: [String]
    let stateVersion: Int
    let makeDriver: @Sendable (PluginEnvironment) throws -> Driver

    let loop: EventLoop
    let pool: WorkerPool
    let memory: MemoryReturn
    let router: Router
    let activity = Activity()
    let session = Mutex<(environment: PluginEnvironment, driver: Driver)?>(nil)
    /// Held while the driver is made or configured, which can take long.
    let changing = Mutex(())
    let hooks = Mutex(Hooks())
    let listener = Mutex<Listener?>(nil)

    /// - Parameters:
    ///   - capabilities: optional abilities of its kinds, as the protocol names them.
    ///   - stateVersion: version of the format of the state directory.
    ///   - threads: how many handlers run at once.
    ///   - driver: makes the plugin's own state when the supervisor has said where its directories are.
    public init(
        name: String, version: String, kinds: [PluginKind], capabilities: [String] = [], stateVersion: Int = 1,
        threads: Int = 16, driver: @escaping @Sendable (PluginEnvironment) throws -> Driver
    ) {
        identity = PeerIdentity(name: name, version: version)
        self.kinds = kinds
        self.capabilities = capabilities
        self.stateVersion = stateVersion
        makeDriver = driver
        loop = Self.makeLoop()
        let pool = WorkerPool(name: name, maximum: threads)
        let activity = activity
        let memory = MemoryReturn(loop: loop)
        self.memory = memory
        self.pool = pool
        router = Router(
            executor: { job in
                activity.begin()
                let accepted = pool.submit {
                    job()
                    activity.end()
                    memory.workEnded()
                }
                if !accepted { activity.end() }
                return accepted
            },
            errorMapper: { wireError($0, plugin: name) })
        declareLifecycle()
    }

    // MARK: Declaring

    /// Answers a method. The handler runs on a thread of the pool.
    public func on<M: Method>(_: M.Type, _ handler: @escaping Handler<M>) {
        router.on(M.self) { params, context in
            do {
                let driver = try self.driver
                return try Caller.of(context) { try handler(driver, params, context) }
            } catch {
                self.activity.fail()
                throw error
            }
        }
    }

    /// Takes a changed configuration while running. Without it, a change needs a restart.
    public func onConfigure(_ body: @escaping @Sendable (Driver, JSON) throws -> Void) {
        hooks.withLock { $0.configure = body }
    }

    /// Adds figures of the plugin's own to `plugin.stats`.
    public func onStats(_ body: @escaping @Sendable (Driver) -> JSON) { hooks.withLock { $0.stats = body } }

    /// Says at each ping whether nothing goes on in the driver but calls; at once, since it runs on the event loop.
    /// Without it that is so, but for log drivers.
    public func onPing(_ isIdle: @escaping @Sendable (Driver) -> Bool) { hooks.withLock { $0.ping = isIdle } }

    /// Runs before the process ends in an orderly way, when no handler runs any more.
    public func onStop(_ body: @escaping @Sendable (Driver) -> Void) { hooks.withLock { $0.stop = body } }

    var driver: Driver {
        get throws {
            guard let session = session.withLock({ $0 }) else {
                throw BerthError(.failedPrecondition, "\(identity.name) has not been initialized")
            }
            return session.driver
        }
    }

    private static func makeLoop() -> EventLoop {
        do {
            return try EventLoop()
        } catch {
            PluginLog.error("cannot make an event loop", [("error", JSON("\(error)"))])
            endProcess(1)
        }
    }
}

/// What the supervisor told a plugin when it opened the session.
public struct PluginEnvironment: Sendable {
    /// The instance's logical name, which can differ from the plugin's.
    public let instance: String
    public let configuration: JSON
    /// Absolute; the plugin's alone, kept over restarts.
    public let stateDirectory: String
    /// Absolute; the plugin's alone, emptied at boot.
    public let runDirectory: String
}
