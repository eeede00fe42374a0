import BerthAPI
import ContentStore
import JSONRPC
import LinuxSystem
import OCISpec

extension ImageManager {
    /// Makes an image of one layer.
    ///
    /// - Parameters:
    ///   - archive: a tar, also compressed.
    ///   - helper: makes the layer of it, out of this process: the archive is anybody's.
    /// - Returns: the image's id.
    func importArchive(
        _ request: ImageImport, _ archive: SharedDescriptor, by helper: FileHelper, _ context: RequestContext
    ) async throws -> String {
        let reference = try request.reference.map { try Self.newName($0) }
        let platform = try request.platform.map(Self.platform) ?? .host
        guard platform.os == Platform.host.os else {
            throw BerthError(
                .invalidArgument, "operating system is not supported: \(platform.os)", object: "platform")
        }
        var execution = ImageConfiguration.Execution()
        for change in request.changes ?? [] { try ImageChange(change).apply(to: &execution) }
        guard let snapshotter = try defaultSnapshotter() else {
            throw BerthError(.failedPrecondition, "no snapshotter is there to unpack the image")
        }
        let file = try content.makeFile()
        let task = FileTask(source: .stream, action: .makeLayer)
        guard let diffID = try await helper.run(task, stream: archive, file, context).diffID else {
            throw BerthError(.internal, "the archive gave no layer")
        }
        var history = ImageConfiguration.History()
        history.created = Timestamp(nanoseconds: Host.now).description
        history.comment = request.message ?? "Imported from -"
        let commit = Commit(
            base: nil, platform: platform, execution: execution, history: history, reference: reference,
            snapshotter: snapshotter, action: "import")
        return try await self.commit(
            commit, layer: NewLayer(file: file, mediaType: MediaType.layerGzip, diffID: diffID)
        ).id
    }
}
