import BerthAPI
import OCISpec
import Supervisor

/// Images that the default snapshotter does not have yet: no fault, they are unpacked when they are used.
struct ImageCheck: Check {
    let name = "images"
    let images: ImageManager
    let plugins: any PluginCaller

    func run() async throws -> [Problem] {
        let drivers = CheckedDrivers(plugins: plugins, kind: .snapshotter)
        guard let snapshotter = try images.defaultSnapshotter() else { return [] }
        var problems: [Problem] = []
        for image in images.catalog.images.sorted(by: { $0.id < $1.id }) {
            guard let top = image.chainIDs.last else { continue }
            do {
                guard try await drivers.find(SnapshotStat(key: top), on: snapshotter) == nil else { continue }
            } catch {
                return [notChecked("plugin \(snapshotter)", plugin: snapshotter, because: error)]
            }
            let name = images.catalog.names(of: image.id).first?.reference?.familiar ?? image.id
            problems.append(
                problem(.ok, "image \(name)", plugin: snapshotter, "it is not unpacked, and will be at its next use"))
        }
        return problems
    }
}
