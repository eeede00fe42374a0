import Archive
import BerthAPI
import Layers
import LinuxSystem
import PluginKit

extension Snapshots: DifferDriver {
    /// After an error the snapshot is as it was made.
    func apply(
        _ request: DifferApply, blob: SharedDescriptor, progress: (Int64) throws -> Void
    ) throws -> DifferApply.Result {
        try locks.hold([request.key]) {
            var snapshot = try find(request.key, .active)
            let parent = try snapshot.info.parent.map { try find($0) }
            // A caller that gave up while this waited was answered, and may have filled the snapshot since.
            try progress(0)
            if snapshot.isLayered { try store.reset(snapshot, parent: parent) }
            snapshot.isLayered = true
            try store.write(snapshot)
            index.withLock { [snapshot] in $0[request.key] = snapshot }
            do {
                let layer = try store.withContent(of: snapshot) { content in
                    try LayerApplier(.plain).apply(
                        blob: blob.raw, mediaType: request.mediaType, to: content, progress: progress)
                }
                return DifferApply.Result(diffID: layer.diffID.description, size: layer.size)
            } catch {
                try store.reset(snapshot, parent: parent)
                throw (error as? LayerError).map { BerthError($0, key: request.key) } ?? error
            }
        }
    }
}

extension BerthError {
    fileprivate init(_ error: LayerError, key: String) {
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
