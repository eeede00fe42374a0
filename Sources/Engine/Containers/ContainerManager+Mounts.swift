import BerthAPI
import LinuxSystem
import OCISpec
import Supervisor

/// A mount that was asked for; what is made for it has its name already, so that a crash leaves nothing unknown.
struct PlannedMount {
    var request: MountRequest
    /// A volume that nobody has named.
    var anonymous = false
    var image: ImageMount?
}

extension ContainerManager {
    /// All but tmpfs, which needs nothing made.
    func planMounts(_ plan: ContainerPlan) async throws -> [PlannedMount] {
        var planned: [PlannedMount] = []
        for request in plan.mountRequests() where request.kind != .tmpfs {
            var mount = PlannedMount(request: request)
            if request.kind == .volume, request.source == nil {
                mount.anonymous = true
                mount.request.source = Identifier.make()
            } else if request.kind == .image {
                let image = try await mountedImage(request)
                guard let top = image.chainIDs.last else {
                    throw BerthError(
                        .invalidArgument, "image \(request.source ?? "") has no layers to mount",
                        object: "image \(request.source ?? "")")
                }
                mount.image = ImageMount(key: Identifier.make(), imageID: image.id, parent: top)
            }
            planned.append(mount)
        }
        return planned
    }

    /// Not the container's own image, which its client pulls when it is missing.
    private func mountedImage(_ request: MountRequest) async throws -> StoredImage {
        do {
            return try await images.resolve(request.source ?? "")
        } catch let error as BerthError {
            throw BerthError(error.kind, error.message, object: "mount \(request.target)", hint: error.hint)
        }
    }

    func planned(_ mount: PlannedMount) throws -> VolumeUse {
        VolumeUse(
            name: mount.request.source ?? "", driver: try defaults.driver(.volume, requested: mount.request.driver),
            anonymous: mount.anonymous)
    }

    /// Makes volumes, folders and views.
    func make(_ mounts: [PlannedMount], snapshotter: String) async throws -> ([MountPoint], [VolumeUse]) {
        var points: [MountPoint] = []
        var uses: [VolumeUse] = []
        for mount in mounts {
            switch mount.request.kind {
            case .volume:
                let (point, use) = try await makeVolume(mount)
                points.append(point)
                uses.append(use)
            case .image: points.append(try await makeView(mount, snapshotter: snapshotter))
            case .bind: points.append(try bindPoint(mount.request))
            case .tmpfs: break
            }
        }
        return (points, uses)
    }

    private func makeVolume(_ mount: PlannedMount) async throws -> (MountPoint, VolumeUse) {
        let (request, anonymous) = (mount.request, mount.anonymous)
        let create = VolumeCreate(
            name: request.source, driver: request.driver, options: request.driverOptions, labels: request.labels)
        let volume = try await services.volumes.create(create, anonymous: anonymous)
        var point = MountPoint(
            kind: .volume, name: volume.name, source: volume.mountpoint, target: request.target, driver: volume.driver,
            readOnly: request.readOnly, propagation: request.propagation ?? "rprivate", anonymous: anonymous)
        point.subpath = request.subpath
        return (point, VolumeUse(name: volume.name, driver: volume.driver, anonymous: anonymous))
    }

    private func makeView(_ mount: PlannedMount, snapshotter: String) async throws -> MountPoint {
        guard let planned = mount.image else { throw BerthError(.internal, "an image mount was not planned") }
        let image = try await images.resolve(planned.imageID)
        _ = try await images.unpack(image, snapshotter: snapshotter)
        _ = try await services.plugins.call(SnapshotView(key: planned.key, parent: planned.parent), on: snapshotter)
        var point = MountPoint(
            kind: .image, name: mount.request.source, source: planned.key, target: mount.request.target,
            readOnly: true, propagation: "rprivate")
        point.subpath = mount.request.subpath
        return point
    }

    private func bindPoint(_ request: MountRequest) throws -> MountPoint {
        let source = request.source ?? ""
        if request.createSource == true, !fileExists(source) { try makeDirectory(source, mode: 0o755) }
        return MountPoint(
            kind: .bind, source: source, target: request.target, readOnly: request.readOnly,
            propagation: request.propagation ?? "rprivate")
    }
}
