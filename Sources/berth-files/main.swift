import BerthAPI
import JSON
import LinuxSystem

// berth-files: reads or writes files of one container for the daemon, and ends (Sources/BerthAPI/Kinds/FileTask.swift).
// A process of its own, so that what a container has in its files can harm nothing else, and a client that goes away
// ends it.

StandardStream.blockBrokenPipeSignal()

func answer() -> FileAnswer {
    do {
        let text = try RegularFile.readAll(0, limit: 16 << 20)
        let task = try JSON(parsing: text).decode(FileTask.self)
        // A tree is walked with a descriptor for each folder above.
        try ResourceLimits.raise("RLIMIT_NOFILE")
        return try FileTaskRun(task).run()
    } catch {
        return FileAnswer(failure: .init(error))
    }
}

do {
    try RegularFile.write(1, try JSON(encoding: answer()).serialized(), at: 0)
} catch {
    try? StandardStream.write(Array("berth-files: \(error)\n".utf8), to: StandardStream.error)
    endProcess(1)
}
