import BerthAPI
import ContentStore
import LinuxSystem
import Logging
import Supervisor

/// What every container works with.
struct ContainerServices: Sendable {
    var configuration: EngineConfiguration
    var plugins: any PluginCaller
    var events: EventBus
    var volumes: VolumeManager
    var networks: NetworkManager
    var loop: EventLoop
    var logger: Logger
    /// The shim's executable, as a read-only view that a container cannot write through (CVE-2019-5736).
    var shim: SharedDescriptor
    var seccomp: SeccompCache
    var index: ContainerIndex
    /// For what blocks: the kernel's files, other programs.
    let threads = BlockingThreads(name: "containers", maximum: 4)
    /// Called after every change, with the new record; nil when the container is gone.
    var publish: @Sendable (String, ContainerRecord?) -> Void

    /// The bundle: state of this boot.
    func bundle(of id: String) -> String { "\(configuration.run)/containers/\(id)" }
    /// The container's own files, kept over reboots.
    func directory(of id: String) -> String { "\(configuration.root)/containers/\(id)" }
}
