import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// Runs `berth-files` for one operation.
struct FileHelper {
    let services: ContainerServices
    let container: String
    let helpers: HelperList

    /// - Parameters:
    ///   - process: pidfd of the container's first process, where the task says that it runs.
    ///   - context: whose end ends the operation.
    func run(
        _ task: FileTask, stream: SharedDescriptor?, _ process: SharedDescriptor?, _ context: RequestContext
    ) async throws -> FileAnswer {
        let answer = try memoryFile([])
        let log = try memoryFile([])
        var request = SpawnRequest(
            .path(services.configuration.files), arguments: ["berth-files"], environment: [])
        request.descriptors = [0: try memoryFile(JSON(encoding: task).serialized()), 1: answer, 2: log]
        request.descriptors[3] = stream
        request.descriptors[4] = process
        let helper = try spawn(request).shared()
        helpers.add(helper)
        defer { helpers.remove(helper) }
        let end = Promise<ExitStatus?>()
        try services.loop.watchExit(ofProcess: helper.raw) {
            end.fulfil((try? ProcessDescriptor.wait(helper.raw, block: false)) ?? nil)
        }
        context.onCancel { _ = try? ProcessDescriptor.signal(helper.raw, 9) }
        let status = await end.value
        let text = try RegularFile.readAll(answer.raw, limit: 1 << 20)
        guard status == .exited(code: 0), !text.isEmpty else {
            let reason = String(decoding: try RegularFile.readAll(log.raw, limit: 1 << 20), as: UTF8.self)
            throw BerthError(
                context.isCancelled ? .cancelled : .internal,
                "the files of container \(container.prefix(12)) could not be worked with: "
                    + (reason.isEmpty ? status.map { "\($0)" } ?? "no status" : reason),
                object: "container \(container)")
        }
        let result = try JSON(parsing: text).decode(FileAnswer.self)
        if let failure = result.failure {
            throw BerthError(failure.kind, failure.message, object: "container \(container)")
        }
        return result
    }
}
