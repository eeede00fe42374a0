import CLinux
import Glibc

/// Tells when the kernel runs out of a group's memory and kills one of its processes.
///
/// v1: an eventfd registered for `memory.oom_control` (Documentation/admin-guide/cgroup-v1/memory.rst, section 10).
/// v2: a change of `memory.events`, of which the count of kills is what matters (cgroup-v2.rst).
public final class OutOfMemoryWatch: @unchecked Sendable {
    // Sendable because it is only used on the loop's thread.

    private let cgroup: Cgroup
    private let loop: EventLoop
    private let source: Descriptor
    private let handler: @Sendable () -> Void
    private var watch: Watch?
    private var kills: UInt64

    /// - Parameter handler: called on the loop for every time that it happens.
    public init(_ cgroup: Cgroup, loop: EventLoop, _ handler: @escaping @Sendable () -> Void) throws(SystemError) {
        self.cgroup = cgroup
        self.loop = loop
        self.handler = handler
        let memory = try cgroup.open(.memory)
        let interest: Events
        switch cgroup.layout.version {
        case .v1:
            source = Descriptor(owning: try systemCall("eventfd") { berth_eventfd() })
            let control = try memory.open("memory.oom_control", forWriting: false)
            try memory.write("cgroup.event_control", "\(source.raw) \(control.raw)")
            interest = .readable
            kills = 0
        case .v2:
            source = try memory.open("memory.events", forWriting: false)
            interest = [.priority, .edgeTriggered]
            kills = try cgroup.oomKills()
        }
        watch = try loop.register(source.raw, interest) { [weak self] _ in self?.check() }
    }

    /// Looks whether it has happened since the last look; also done at each of the kernel's events.
    public func check() {
        guard watch != nil, hasHappened() else { return }
        handler()
    }

    private func hasHappened() -> Bool {
        guard cgroup.layout.version == .v2 else {
            var count: UInt64 = 0
            // The group's removal is told in the same way.
            return read(source.raw, &count, 8) == 8 && (try? cgroup.read(.memory, "memory.oom_control")) != nil
        }
        let before = kills
        kills = (try? cgroup.oomKills()) ?? before
        return kills > before
    }

    public func cancel() {
        if let watch { loop.deregister(watch) }
        watch = nil
    }
}
