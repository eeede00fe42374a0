import Archive
import BerthAPI
import Layers
import LinuxSystem
import OCISpec
import PluginKit
import Synchronization

extension OverlaySnapshotter: DifferDriver {
    /// Unpacks straight into the snapshot's folder, in overlay's form: no mount is needed. After an error the snapshot
    /// is as empty as before.
    func apply(
        _ request: DifferApply, blob: SharedDescriptor, progress: (Int64) throws -> Void
    ) throws -> DifferApply.Result {
        try locks.hold([request.key]) {
            let snapshot = try index.withLock { index throws(BerthError) in try index.get(request.key) }
            guard snapshot.info.kind == .active else {
                throw BerthError(
                    .failedPrecondition, "snapshot \(request.key) is not active", object: "snapshot \(request.key)")
            }
            let folder = try store.open(snapshot)
            try folder.beginLayer(trash: store.trash)
            do {
                let content = try folder.content()
                let applier = LayerApplier(.overlay, limits: configuration.limits)
                let layer = try applier.apply(
                    blob: blob.raw, mediaType: request.mediaType, to: content.raw, progress: progress)
                try folder.finishLayer(implied: layer.impliedFolders)
                return DifferApply.Result(diffID: layer.diffID.description, size: layer.size)
            } catch {
                try folder.abandonLayer(trash: store.trash)
                throw (error as? LayerError).map { BerthError($0, key: request.key) } ?? error
            }
        }
    }
}

extension BerthError {
    /// The one place where an error of the layer library becomes one of the wire.
    init(_ error: LayerError, key: String) {
        let kind: ErrorKind =
            switch error.kind {
            case .damaged: .corrupted
            case .refused: .invalidArgument
            case .tooLarge: .resourceExhausted
            case .system: .internal
            }
        self.init(kind, error.description, object: "snapshot \(key)")
    }
}
