import BerthAPI
import JSON
import OCISpec

/// An image as docker's `inspect` describes it.
struct ImageDocument {
    private let detail: ImageDetail

    init(_ detail: ImageDetail) { self.detail = detail }

    var json: JSON {
        let image = detail.config
        return [
            "Id": JSON(detail.summary.id),
            "RepoTags": .list(detail.summary.references),
            "RepoDigests": .list(detail.summary.digests),
            "Parent": "",
            "Comment": JSON(image.history?.last?.comment ?? ""),
            "Created": JSON(image.created ?? ""),
            "Author": JSON(image.author ?? ""),
            "Config": execution(image.config ?? ImageConfiguration.Execution()),
            "Architecture": JSON(image.architecture),
            "Variant": JSON(image.variant ?? ""),
            "Os": JSON(image.os),
            "Size": JSON(detail.summary.size),
            "RootFS": ["Type": JSON(image.rootfs.type), "Layers": .list(image.rootfs.diffIDs)],
            "Descriptor": ["mediaType": JSON(detail.mediaType), "digest": JSON(detail.manifestDigest)],
        ]
    }

    private func execution(_ config: ImageConfiguration.Execution) -> JSON {
        let document: JSON = [
            "User": JSON(config.user ?? ""),
            "ExposedPorts": set(config.exposedPorts),
            "Env": .list(config.environment),
            "Cmd": .list(config.command),
            "Volumes": set(config.volumes),
            "WorkingDir": JSON(config.workingDirectory ?? ""),
            "Entrypoint": .list(config.entrypoint),
            "Labels": .map(config.labels),
            "StopSignal": JSON(config.stopSignal ?? ""),
        ]
        return document.merging(HealthDocument.config(config.healthCheck.map(HealthCheck.init)))
    }

    private func set(_ members: [String: JSON]?) -> JSON {
        members.map { .object($0.keys.sorted().map { ($0, [:]) }) } ?? .null
    }
}

/// A volume as docker's `inspect` describes it.
struct VolumeDocument {
    private let volume: VolumeInfo

    init(_ volume: VolumeInfo) { self.volume = volume }

    var json: JSON {
        [
            "CreatedAt": JSON(volume.createdAt.description),
            "Driver": JSON(volume.driver),
            "Labels": .map(volume.labels),
            "Mountpoint": JSON(volume.mountpoint),
            "Name": JSON(volume.name),
            "Options": volume.options.isEmpty ? .null : .map(volume.options),
            "Scope": "local",
        ]
    }
}

/// A network as docker's `inspect` describes it.
struct NetworkDocument {
    private let network: NetworkInfo

    init(_ network: NetworkInfo) { self.network = network }

    var json: JSON {
        [
            "Name": JSON(network.name),
            "Id": JSON(network.id),
            "Created": JSON(network.createdAt.description),
            "Scope": "local",
            "Driver": JSON(network.driver),
            "EnableIPv6": JSON(network.subnet?.contains(":") ?? false),
            "IPAM": ["Driver": "default", "Options": .null, "Config": .array(pools)],
            "Internal": JSON(network.isInternal),
            "Attachable": false,
            "Ingress": false,
            "Containers": .object((network.endpoints ?? []).map { ($0.container, member($0)) }),
            "Options": .map(network.options),
            "Labels": .map(network.labels),
        ]
    }

    private var pools: [JSON] {
        guard let subnet = network.subnet else { return [] }
        var pool: [(String, JSON)] = [("Subnet", JSON(subnet))]
        if let range = network.ipRange { pool.append(("IPRange", JSON(range))) }
        if let gateway = network.gateway { pool.append(("Gateway", JSON(gateway))) }
        return [.object(pool)]
    }

    private func member(_ member: NetworkMember) -> JSON {
        let endpoint = member.endpoint
        let length = endpoint.prefixLength.map { "/\($0)" } ?? ""
        return [
            "Name": JSON(member.name),
            "EndpointID": JSON(endpoint.endpointID),
            "MacAddress": JSON(endpoint.macAddress ?? ""),
            "IPv4Address": JSON(endpoint.address.map { $0 + length } ?? ""),
            "IPv6Address": "",
        ]
    }
}
