import BerthAPI
import LinuxSystem
import SeccompFilter
import Synchronization

/// What one plugin process is held in, and who is told when it tries more.
public final class PluginCell: Sendable {
    private let limits: PluginManifest.Limits
    private let cgroup: PluginCgroup?
    /// What the first process of the cell is started with, until then.
    private let entrance: Mutex<Entrance?>
    /// The filter's listener, once there is one.
    private let filter = Mutex<SharedDescriptor?>(nil)
    private let watches = Mutex<[Watch]>([])

    private struct Entrance {
        var confinement: PluginConfinement
        var executable: String
        var filter: SharedDescriptor
        var channel: (outer: ControlChannel, inner: ControlChannel)
    }

    init(
        _ confinement: PluginConfinement, executable: String, filter: SharedDescriptor, cgroup: PluginCgroup?
    ) throws {
        self.cgroup = cgroup
        limits = PluginManifest.Limits(memory: confinement.memory, processes: confinement.processes)
        let channel = try ControlChannel.pair()
        entrance = Mutex(
            Entrance(confinement: confinement, executable: executable, filter: filter, channel: channel))
    }

    /// The cell of a process that the daemon's last program started.
    public init(inheriting handover: CellHandover, warn: @escaping @Sendable (String) -> Void) throws {
        limits = PluginManifest.Limits(memory: handover.memory, processes: handover.processes)
        cgroup = try handover.cgroup.map { path in
            PluginCgroup(group: try PluginCgroups.group(path, in: try CgroupLayout.detect()), warn: warn)
        }
        entrance = Mutex(nil)
        let listener = try handover.filter.map { try inheritDescriptor($0).shared() }
        filter.withLock { $0 = listener }
    }

    /// What the daemon's next program needs to go on with it.
    public var handover: CellHandover {
        CellHandover(
            filter: filter.withLock { $0?.raw }, cgroup: cgroup?.group.path, memory: limits.memory,
            processes: limits.processes)
    }

    /// Changes a request that would run a program so that it runs the program in the cell.
    public func enclose(_ request: inout SpawnRequest, _ program: String) throws {
        guard let entrance = entrance.withLock({ $0 }) else { return }
        let confinement = entrance.confinement
        var words = ["berth-confine", "--filter"]
        for (option, values) in [
            ("--read", confinement.readable), ("--write", confinement.writable), ("--device", confinement.devices),
            ("--capability", confinement.capabilities),
        ] { words += values.flatMap { [option, $0] } }
        request.arguments = words + ["--", program] + request.arguments
        request.executable = .path(entrance.executable)
        request.namespaces = [.mount, .pid, .ipc]
        if confinement.network != "host" { request.namespaces.insert(.network) }
        request.cgroupFiles = try cgroup?.group.spawnFiles() ?? []
        request.descriptors[4] = try SharedDescriptor(borrowing: entrance.channel.inner.raw)
        request.descriptors[5] = entrance.filter
    }

    /// Watches the process that was spawned, or inherited.
    ///
    /// - Parameter tried: is told what the process tried, on the loop.
    public func watch(on loop: EventLoop, _ tried: @escaping @Sendable (String) -> Void) throws {
        if let filter = filter.withLock({ $0 }) { return listen(on: loop, filter, tried) }
        // From here on the other end is the process's alone: when it ends before it sends, that is seen.
        let taken = entrance.withLock { $0.take() }
        guard let channel = taken?.channel.outer else { return }
        let handover = try loop.whenReadable(channel.raw) { [weak self, channel] in
            guard let listener = (try? channel.receive())?.descriptor else { return }
            self?.filter.withLock { $0 = listener }
            self?.listen(on: loop, listener, tried)
        }
        watches.withLock { $0.append(handover) }
    }

    private func listen(
        on loop: EventLoop, _ listener: SharedDescriptor, _ tried: @escaping @Sendable (String) -> Void
    ) {
        let once = WatchSlot()
        once.watch = try? loop.register(listener.raw, .readable) { events in
            // Nobody is left under the filter.
            guard events.contains(.readable) else { return once.end(on: loop) }
            guard let call = try? SeccompListener.next(listener.raw) else { return }
            let name = SeccompFilter.name(ofCall: call.number, architecture: call.architecture)
            tried("the system call \(name)")
        }
        // Without its listener every such call fails with ENOSYS: the filter holds all the same.
        guard let watch = once.watch else { return }
        watches.withLock { $0.append(watch) }
    }

    /// The process has ended: takes everything away.
    ///
    /// - Returns: its excess.
    public func end(on loop: EventLoop) -> String? {
        for watch in watches.withLock({ $0 }) { loop.deregister(watch) }
        defer { cgroup?.remove() }
        return excess
    }

    /// What the process wanted more of than it may have, since it began; nil when it kept within its limits.
    public var excess: String? {
        if let memory = limits.memory, cgroup?.isOutOfMemory == true {
            return "more than \(memory >> 20) MiB of memory"
        }
        if let processes = limits.processes, cgroup?.hasRefusedProcesses == true {
            return "more than \(processes) processes and threads"
        }
        return nil
    }
}
