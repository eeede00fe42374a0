import Glibc
import LinuxSystem
import Testing

struct SpawnTests {
    @Test func aProgramHasTheNiceValueOfTheProcessNotOfTheThread() throws {
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        let ofProcess = getpriority(process, id_t(getpid()))
        let seen = Monitor<Result<CapturedProgram, any Error>?>(nil)
        try Thread.spawn(name: "test") {
            _ = setpriority(process, 0, ofProcess + 3)
            let result = Result { try CapturedProgram.run(Self.nice, milliseconds: 20_000) }
            seen.withLock { $0 = result }
            seen.wakeAll()
        }
        let program = try #require(seen.wait(until: .now + .seconds(30)) { $0 }).get()
        #expect(String(decoding: program.output, as: UTF8.self) == "\(ofProcess)\n")
    }

    private static var nice: SpawnRequest { SpawnRequest(.path("/usr/bin/nice"), arguments: ["nice"]) }
}
