import LinuxSystem
import PluginConformance

/// Runs the program on a thread of its own, while the main one waits for signals: an interrupted run kills its plugin
/// and removes its scratch folder before it ends.
enum InterruptibleProgram {
    private static let unusable: CInt = 125

    /// - Returns: the exit status; 128 and the signal's number after one.
    static func run(_ arguments: [String]) -> CInt {
        let (interruption, status) = (Interruption(), Monitor<CInt?>(nil))
        do {
            let loop = try EventLoop()
            ignoreBrokenPipes()
            for number in [Signal.numbers["INT"]!, Signal.numbers["TERM"]!, Signal.numbers["HUP"]!] {
                try loop.onSignal(number) {
                    status.withLock { $0 = $0 ?? 128 + number }
                    interruption.interrupt()
                }
            }
            try Thread.spawn(name: "checks", stackSize: 4 << 20) {
                let result = ConformanceProgram.run(arguments, interruption)
                status.withLock { $0 = $0 ?? result }
                loop.stop()
            }
            loop.run()
        } catch {
            return unusable
        }
        return status.withLock { $0 ?? unusable }
    }
}
