import BerthAPI
import ContentStore
import JSON
import LinuxSystem
import OCISpec

extension ContainerManager {
    /// Makes an image of a container.
    ///
    /// - Returns: the image's id.
    func commit(_ request: ContainerCommit) async throws -> String {
        let container = try await find(request.id)
        let reference = try request.reference.map { try ImageManager.newName($0) }
        let detail = try await inspect(request.id)
        let base = try await images.resolve(detail.imageID)
        var execution = Self.execution(of: detail, on: base.configuration.config ?? .init())
        for change in request.changes ?? [] { try ImageChange(change).apply(to: &execution) }
        let file = try images.content.makeFile()
        let mediaType = MediaType.layerGzip
        let written = try await container.writeLayer(to: file, mediaType: mediaType, pausing: request.pause != false)
        var history = ImageConfiguration.History()
        history.created = Timestamp(nanoseconds: Host.now).description
        history.author = request.author
        history.createdBy = detail.arguments.joined(separator: " ")
        history.comment = request.message
        let commit = ImageManager.Commit(
            base: base, execution: execution, history: history, author: request.author, reference: reference,
            snapshotter: detail.snapshotter)
        let layer = NewLayer(file: file, mediaType: ImageManager.layerType(on: base), diffID: written.diffID)
        let image = try await images.commit(commit, layer: layer)
        await container.note(container.event("commit", ["comment": request.message ?? "", "imageID": image.id]))
        return image.id
    }

    /// What the container was made with, in the image's terms.
    private static func execution(
        of detail: ContainerDetail, on base: ImageConfiguration.Execution
    ) -> ImageConfiguration.Execution {
        var execution = base
        let config = detail.config
        if let entrypoint = config.entrypoint {
            execution.entrypoint = entrypoint.filter { !$0.isEmpty }
            execution.command = nil
        }
        if let command = config.command, !command.isEmpty { execution.command = command }
        execution.environment = detail.environment
        execution.workingDirectory = detail.workingDirectory == "/" ? base.workingDirectory : detail.workingDirectory
        execution.user = detail.user.isEmpty ? nil : detail.user
        execution.labels = detail.labels.isEmpty ? nil : detail.labels
        execution.stopSignal = config.stopSignal ?? base.stopSignal
        if !detail.exposedPorts.isEmpty {
            execution.exposedPorts = Dictionary(uniqueKeysWithValues: detail.exposedPorts.map { ($0, JSON.object([])) })
        }
        let volumes = detail.mounts.filter { $0.kind == .volume && $0.anonymous }.map(\.target)
        for volume in volumes { execution.volumes = (execution.volumes ?? [:]).merging([volume: .object([])]) { $1 } }
        return execution
    }
}
