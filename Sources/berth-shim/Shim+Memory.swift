import BerthAPI
import JSONRPC
import LinuxSystem

extension Shim {
    /// Tells whoever listens of each process that the kernel kills for want of memory.
    func watchMemory(_ settings: ShimSettings) {
        do {
            guard let cgroup = try settings.cgroup() else { return }
            memoryWatch = try OutOfMemoryWatch(cgroup, loop: loop) { [weak self] in self?.tellOutOfMemory() }
            // What was too early to be told.
            if try cgroup.oomKills() > 0 { tellOutOfMemory() }
        } catch {
            report("a lack of memory will not be told: \(error)")
        }
    }

    private func tellOutOfMemory() {
        for subscriber in subscribers { subscriber.notify(ShimOutOfMemory()) }
    }

    /// Before the exit is told, which may have come of it.
    func endMemoryWatch() {
        memoryWatch?.check()
        memoryWatch?.cancel()
        memoryWatch = nil
    }
}
