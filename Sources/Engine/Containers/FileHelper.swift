import BerthAPI
import JSON
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// Runs `berth-files` for one operation.
struct FileHelper {
    let services: ContainerServices
    /// Whose files it works with, for messages: `container …`.
    let object: String
    let helpers: HelperList

    /// - Parameters:
    ///   - other: pidfd of the container's first process, where the task says that it runs, or a layer's file.
    ///   - context: whose end ends the operation.
    func run(
        _ task: FileTask, stream: SharedDescriptor?, _ other: SharedDescriptor?, _ context: RequestContext
    ) async throws -> FileAnswer {
        let answer = try memoryFile([])
        let log = try memoryFile([])
        var request = SpawnRequest(
            .path(services.configuration.files), arguments: ["berth-files"], environment: [])
        request.descriptors = [0: try memoryFile(JSON(encoding: task).serialized()), 1: answer, 2: log]
        request.descriptors[3] = stream
        request.descriptors[4] = other
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
                "the files of \(object) could not be worked with: "
                    + (reason.isEmpty ? status.map { "\($0)" } ?? "no status" : reason), object: object)
        }
        let result = try JSON(parsing: text).decode(FileAnswer.self)
        if let failure = result.failure {
            throw BerthError(failure.kind, failure.message, object: object)
        }
        return result
    }
}
