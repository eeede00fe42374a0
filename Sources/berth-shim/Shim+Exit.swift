import BerthAPI
import JSONRPC
import LinuxSystem
import ShimStreams

// The end of the container's first process: Docs/run.md, section 5.

extension Shim {
    /// How long somebody outside may keep the outputs open. The container's own processes are dead by then.
    private static let drainTime = Duration.seconds(1)
    /// How long the notification of the exit waits for a log driver that does not read.
    private static let handOverTime = Duration.seconds(1)

    /// Takes the status of every child that has ended: the first process, execs, launchers, adopted orphans.
    func reapChildren() {
        while let (pid, status) = ChildReaper.reapOne() {
            if let launched, launched.pid == pid { initEnded(launched, status) } else { execEnded(pid, status) }
        }
    }

    private func initEnded(_ launched: Launched, _ status: ExitStatus) {
        switch phase {
        case .empty, .creating, .ending, .exited: return
        case .created(_, let launch), .starting(_, let launch):
            launch.launcher?.cancel()
            launch.launcher = nil
            for waiter in launch.waiters { waiter.fail(refusal("was killed before it was started").rpcError) }
            launch.waiters = []
        case .running: break
        }
        phase = .ending(launched)
        endMemoryWatch()
        let record = ExitRecord(
            exitCode: Int(status.code), oomKilled: wasKilledForMemory(launched.settings),
            exitedAt: Timestamp(nanoseconds: Host.now))
        killRest(launched.settings)
        launched.streams.finish(within: Self.drainTime) { [weak self] in self?.record(record, launched) }
    }

    private func wasKilledForMemory(_ settings: ShimSettings) -> Bool {
        do {
            return try settings.cgroup()?.oomKills() ?? 0 > 0
        } catch {
            report("the memory events cannot be read: \(error)")
            return false
        }
    }

    /// Without a pid namespace of its own, what the first process started lives on after it.
    private func killRest(_ settings: ShimSettings) {
        do {
            guard let cgroup = try settings.cgroup() else { return }
            if isPaused { try cgroup.thaw() }
            isPaused = false
            try cgroup.signalAll(9)
        } catch {
            report("processes are left: \(error)")
        }
    }

    /// First on disk, then to whoever wants to know.
    private func record(_ record: ExitRecord, _ launched: Launched) {
        do {
            try bundle.write(record)
        } catch {
            report("exit.json cannot be written: \(error)")
        }
        launched.streams.whenHandedOver(within: Self.handOverTime) { [weak self] in
            guard let self else { return }
            self.phase = .exited(launched, record)
            for subscriber in self.subscribers { subscriber.notify(ShimExited(exit: record)) }
            trimMemory()
            self.continueDeletion()
        }
    }
}
