import Archive
import BerthAPI
import Layers
import LinuxSystem
import OCISpec
import PluginKit
import Synchronization

extension OverlaySnapshotter: DiffingDriver {
    func diff(
        _ request: DifferDiff, file: SharedDescriptor, progress: @escaping (Int64) throws -> Void
    ) throws -> DifferDiff.Result {
        try comparing(request.key, request.mountPoints, progress) { differ in
            let layer = try differ.writeLayer(mediaType: request.mediaType, to: file.raw)
            return DifferDiff.Result(diffID: layer.diffID.description, size: layer.size)
        }
    }

    func changes(
        _ request: DifferChanges, file: SharedDescriptor, progress: @escaping (Int64) throws -> Void
    ) throws -> Int {
        try comparing(request.key, request.mountPoints, progress) { try $0.writeChanges(to: file.raw) }
    }

    /// Reads the snapshot's folder as it is, whether or not a container has it mounted; what is below is mounted in this
    /// process alone.
    private func comparing<R>(
        _ key: String, _ mountPoints: [String], _ progress: @escaping (Int64) throws -> Void,
        _ body: (LayerDiffer) throws -> R
    ) throws -> R {
        try locks.hold([key]) {
            let chain = try index.withLock { index throws(BerthError) in try index.chain(key) }
            let upper = try store.open(chain[0]).content()
            let lower = try layout.show(Array(chain.dropFirst()), in: store)
            let hidden = mountPoints.compactMap { BytePath(Array($0.utf8.drop { $0 == 0x2f })) }
            do {
                // A view's own folder is always empty, and is no change of its parent's.
                let differ = LayerDiffer(upper: upper.raw, lower: lower, hidden: hidden, progress: progress)
                return try body(differ)
            } catch let error as LayerError {
                var mapped = BerthError(error, key: key)
                if error.kind == .refused, error.entry != nil { mapped.kind = .failedPrecondition }
                throw mapped
            }
        }
    }
}
