import BerthAPI
import LinuxSystem
import Supervisor

/// Containers' snapshots and what they stand on; committed layers whose content is gone; snapshots that nothing names.
struct SnapshotCheck: Check {
    let name = "snapshots"
    let containers: ContainerManager
    let images: ImageManager
    let plugins: any PluginCaller

    private var drivers: CheckedDrivers { CheckedDrivers(plugins: plugins, kind: .snapshotter) }

    func run() async throws -> [Problem] {
        await drivers.each(self, named: containers.index.all.map(\.detail.snapshotter)) { try await look(at: $0) }
    }

    private func look(at driver: String) async throws -> [Problem] {
        // Before the records: a snapshot that is made meanwhile has one.
        let held = try await drivers.call(SnapshotList(), on: driver)
        let records = containers.index.all.filter {
            $0.detail.snapshotter == driver && $0.phase != .creating && $0.phase != .removing
        }
        var problems: [Problem] = []
        for record in records.sorted(by: { $0.detail.name < $1.detail.name }) {
            problems += try await look(at: record, driver)
        }
        for snapshot in held where snapshot.kind == .committed && isOfImages(snapshot) {
            guard try await drivers.find(SnapshotStat(key: snapshot.key), on: driver) == nil else { continue }
            problems.append(emptied(snapshot, driver))
        }
        return problems + orphans(held, driver)
    }

    private func isOfImages(_ snapshot: SnapshotInfo) -> Bool {
        snapshot.labels[Unpacker.Label.owner] == Unpacker.Label.ownerValue
    }

    // MARK: Containers

    private func look(at record: ContainerRecord, _ driver: String) async throws -> [Problem] {
        let object = "container \(record.detail.name)"
        var problems: [Problem] = []
        let parent = record.parentSnapshot
        if !parent.isEmpty, try await drivers.find(SnapshotStat(key: parent), on: driver)?.kind != .committed {
            problems.append(
                problem(
                    .error, object, plugin: driver, "the snapshot of its image, \(parent), is gone",
                    repair: "unpack the image again", mend: unpack(record)))
        }
        guard let own = try await drivers.find(SnapshotStat(key: record.id), on: driver) else {
            return problems + [gone(record, object, driver)]
        }
        if own.kind != .active || own.parent ?? "" != parent {
            let found = "\(own.kind.rawValue) on \(own.parent ?? "nothing")"
            problems.append(
                problem(.error, object, plugin: driver, "its snapshot is \(found), not active on \(parent)"))
        }
        return problems
    }

    private func gone(_ record: ContainerRecord, _ object: String, _ driver: String) -> Problem {
        let message = "its snapshot is gone, with everything that it wrote"
        guard record.phase == .created || record.phase == .exited else {
            return problem(.error, object, plugin: driver, message)
        }
        return problem(.error, object, plugin: driver, message, repair: "make a new one from its image") {
            try await containers.find(record.id).renewSnapshot()
        }
    }

    private func unpack(_ record: ContainerRecord) -> @Sendable () async throws -> Void {
        { [images] in
            guard let image = images.catalog.image(record.detail.imageID) else {
                throw BerthError(.notFound, "the image is gone too", object: "image \(record.detail.imageID)")
            }
            _ = try await images.unpack(image, snapshotter: record.detail.snapshotter)
        }
    }

    // MARK: Layers and orphans

    private func emptied(_ snapshot: SnapshotInfo, _ driver: String) -> Problem {
        problem(
            .error, "snapshot \(snapshot.key)", plugin: driver, "the content of this layer is gone",
            repair: "remove it, so that its image is unpacked again"
        ) { [plugins] in _ = try await plugins.call(SnapshotRemove(key: snapshot.key), on: driver) }
    }

    /// Only what is Berth's by its label or by its key; what somebody else keeps there is not spoken of.
    private func orphans(_ held: [SnapshotInfo], _ driver: String) -> [Problem] {
        let named = images.usedSnapshots().union(images.catalog.images.flatMap(\.chainIDs))
        return held.filter { !named.contains($0.key) }.compactMap { snapshot in
            let object = "snapshot \(snapshot.key)"
            if isOfImages(snapshot) {
                guard !images.isInUse(snapshot.key, snapshotter: driver) else { return nil }
                return problem(
                    .warning, object, plugin: driver, "no image names it", repair: "collect garbage"
                ) { [images] in await images.collectGarbage() }
            }
            guard snapshot.kind != .committed, Identifier.isID(snapshot.key) else { return nil }
            return problem(
                .warning, object, plugin: driver, "no container has it", repair: "remove it"
            ) { [plugins, index = containers.index] in
                guard index.record(snapshot.key) == nil else { return }
                _ = try await plugins.call(SnapshotRemove(key: snapshot.key), on: driver)
            }
        }
    }
}

extension ImageManager {
    /// Whether an operation under way works with a snapshot.
    func isInUse(_ key: String, snapshotter: String) -> Bool {
        leases.isHeld(key) || unpacker.isActive(key, snapshotter: snapshotter)
    }
}

extension Identifier {
    /// Whether a name has the form of `make`'s.
    static func isID(_ name: some StringProtocol) -> Bool {
        name.utf8.count == 64 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}
