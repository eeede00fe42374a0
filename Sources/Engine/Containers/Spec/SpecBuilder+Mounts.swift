import BerthAPI
import OCISpec

extension SpecBuilder {
    /// System mounts, the container's own files, then what was asked for, outer before inner.
    func allMounts(_ modes: NamespaceModes) -> [RuntimeSpec.Mount] {
        let requested = mounts.map { ($0.request, $0.mount) }.sorted {
            depth($0.0.target) < depth($1.0.target)
        }
        let targets = Set(requested.map { ContainerPlan.normalized($0.0.target) })
        let system = (systemMounts(modes) + ownFiles).filter { !targets.contains($0.destination) }
        return system + requested.map(ociMount)
    }

    /// Those of a container that does not run.
    var keptMounts: [RuntimeSpec.Mount] {
        let kept = mounts.filter { $0.request.kind != .tmpfs }
        return kept.sorted { depth($0.request.target) < depth($1.request.target) }.map(ociMount)
    }

    private func depth(_ path: String) -> Int { ContainerPlan.normalized(path).split(separator: "/").count }

    private func systemMounts(_ modes: NamespaceModes) -> [RuntimeSpec.Mount] {
        SystemPaths.mounts.compactMap { mount in
            var mount = mount
            switch mount.destination {
            case "/dev/shm": return sharedMemory(mount, modes.ipc)
            case "/sys", "/sys/fs/cgroup": if isPrivileged { mount.options?.removeAll { $0 == "ro" } }
            default: break
            }
            return mount
        }
    }

    /// /dev/shm goes with the IPC namespace; that of another container its runtime takes from there.
    private func sharedMemory(_ mount: RuntimeSpec.Mount, _ mode: NamespaceMode) -> RuntimeSpec.Mount? {
        var mount = mount
        switch mode {
        case .none, .container: return nil
        case .host:
            return .init(destination: "/dev/shm", type: "bind", source: "/dev/shm", options: ["rbind", "rprivate"])
        case .private, .shareable:
            if let size = config.sharedMemory, size > 0 {
                mount.options?.removeAll { $0.hasPrefix("size=") }
                mount.options?.append("size=\(size)")
            }
            return mount
        }
    }

    /// Those of the container whose network is shared, since they say what its network is.
    private var ownFiles: [RuntimeSpec.Mount] {
        ["hostname", "hosts", "resolv.conf"].map { name in
            let source = "\(shared.files ?? record.detail.directory)/\(name)"
            return mapped(
                .init(destination: "/etc/\(name)", type: "bind", source: source, options: ["rbind", "rprivate"]))
        }
    }

    private func ociMount(_ request: MountRequest, _ mount: Mount) -> RuntimeSpec.Mount {
        var options = mount.options
        if mount.type == "bind" {
            if !options.contains("bind"), !options.contains("rbind") {
                options.append(request.nonRecursive == true ? "bind" : "rbind")
            }
            options.append(request.propagation ?? "rprivate")
        }
        if request.readOnly {
            options.append("ro")
            if mount.type == "bind", request.writableSubmounts != true { options.append("rro") }
        }
        if let subpath = request.subpath {
            // The image's content goes into an empty volume, not into a part of one.
            options.removeAll { $0 == "copyup" }
            options.append(RuntimeMountOption.subpath + subpath)
        }
        let made = RuntimeSpec.Mount(
            destination: request.target, type: mount.type, source: mount.source, options: options)
        // A folder of the host stays the host's: its root is nobody there.
        let isStored = request.kind == .image || request.kind == .volume && mount.type == "bind"
        return isStored ? mapped(made) : made
    }
}
