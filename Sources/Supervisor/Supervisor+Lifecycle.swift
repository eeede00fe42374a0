import BerthAPI
import Hashing
import JSON
import LinuxSystem
import OCISpec
import Synchronization

// What operators do with plugins. Each operation is on disk before it is answered.

extension Supervisor {
    /// Reads a package without installing it.
    public func examine(folder: String) async throws -> PluginExamine.Result {
        try await files.run {
            let package = try PluginPackage(folder: folder)
            return .init(digest: try PackageArchive.digest(of: folder).description, manifest: package.manifest)
        }
    }

    /// The package of a name on the search path, or that of an instance.
    public func examine(package name: String) throws -> PluginExamine.Result {
        let package = try package(named: name)
        return .init(digest: package.digest, manifest: package.manifest)
    }

    /// Writes the archive of the package in a folder.
    ///
    /// - Returns: its digest and bytes.
    public func archive(_ folder: String, to path: String) async throws -> (digest: String, size: Int64) {
        try await files.run { try Self.archive(folder, to: path) }
    }

    private static func archive(_ folder: String, to path: String) throws -> (digest: String, size: Int64) {
        _ = try PluginPackage(folder: folder)
        let file = try openForAppending(path)
        let raw = file.raw
        var hash = SHA256()
        var size: Int64 = 0
        try PackageArchive.write(folder) { bytes in
            hash.update(bytes)
            try RegularFile.write(raw, bytes, at: size)
            size += Int64(bytes.count)
        }
        return (hash.finalize().description, size)
    }

    private func package(named name: String) throws -> PluginPackage {
        if let package = PluginCatalog(searchPath: configuration.searchPath).packages[name] { return package }
        return try instance(name).definition.package
    }

    // MARK: Installing and removing

    /// - Parameter folder: Where the source's files are; nil for a package that is there already.
    public func install(_ request: PluginInstall, folder: String?) async throws -> PluginInfo {
        let package = try await take(request.source, folder: folder)
        try Self.check(granted: request.granted, against: package.manifest)
        let name = request.name ?? package.manifest.name
        try PluginName.check(name)
        let definition = PluginDefinition(
            package: package, configuration: request.configuration ?? configuration.configurations[name] ?? [:])
        try definition.check(stateVersion: environment.stateVersion(name))
        let instance = try add(name, definition)
        do {
            if request.disabled != true { try await instance.rehearse(definition) }
            var record = InstanceRecord(package: .init(name: package.manifest.name, digest: package.digest))
            record.source = request.source.location
            record.enabled = request.disabled != true
            record.configuration = request.configuration
            record.granted = request.granted
            try records.update(name) { $0 = record }
        } catch {
            instances.withLock { $0[name] = nil }
            try environment.removeRunFolder(of: name)
            try removeUnusedPackages()
            throw error
        }
        // One that does not start is retried by itself, as after a start of the daemon.
        if request.disabled != true { try? await instance.enable() }
        return await describe(instance, withManifest: true)
    }

    /// Takes the name before anything is done under it: of two installations at the same time one fails, and leaves the
    /// other's socket alone. Disabled until it is recorded.
    private func add(_ name: String, _ definition: PluginDefinition) throws -> PluginInstance {
        try instances.withLock { instances in
            guard instances[name] == nil else {
                throw BerthError(
                    .conflict, "there is a plugin \(name) already", object: "plugin \(name)",
                    hint: "give the instance another name with --alias, or upgrade it")
            }
            let instance = try PluginInstance(
                name: name, definition: definition, enabled: false, environment: environment)
            instances[name] = instance
            return instance
        }
    }

    private func removeUnusedPackages() throws {
        try packages.removeUnused(keeping: records.all.values, all.compactMap(\.definition.package.digest))
    }

    private func take(_ source: PluginSource, folder: String?) async throws -> PluginPackage {
        guard let folder else { return try package(named: source.location) }
        return try await files.run { [packages] in try packages.add(from: folder, pinned: source.digest) }
    }

    /// What was confirmed must be what is asked for, exactly: neither more nor less (CVE-2026-33997).
    private static func check(granted: PluginManifest.Privileges, against manifest: PluginManifest) throws {
        guard granted.normalized == manifest.privileges.normalized else {
            throw BerthError(
                .permissionDenied,
                "the privileges granted to plugin \(manifest.name) are not those that it asks for: "
                    + manifest.privileges.difference(from: granted), object: "plugin \(manifest.name)")
        }
    }

    /// - Parameter users: What refers to the instance.
    public func remove(_ request: PluginRemove, users: [String]) async throws {
        let instance = try instance(request.name)
        guard let record = records[request.name], record.granted != nil else {
            throw BerthError(
                .failedPrecondition, "plugin \(request.name) was not installed here but lies on the search path",
                object: "plugin \(request.name)", hint: "disable it, or remove its folder")
        }
        try Self.refuse(request.name, users, unless: request.force)
        await instance.stop(grace: .seconds(5))
        try records.update(request.name) { $0 = nil }
        instances.withLock { $0[request.name] = nil }
        try environment.removeRunFolder(of: request.name)
        if request.state == true { try environment.removeState(of: request.name) }
        try removeUnusedPackages()
        environment.onChange(request.name, .stopped, "it was removed")
    }

    private static func refuse(_ name: String, _ users: [String], unless force: Bool?) throws {
        guard force == true || users.isEmpty else {
            let shown =
                users.prefix(3).joined(separator: ", ") + (users.count > 3 ? " and \(users.count - 3) more" : "")
            throw BerthError(
                .conflict, "plugin \(name) is used by \(shown)", object: "plugin \(name)", hint: "or use --force")
        }
    }

    // MARK: Changing

    public func upgrade(_ request: PluginUpgrade, folder: String?) async throws -> PluginInfo {
        let instance = try instance(request.name)
        let old = instance.definition
        let package =
            if let source = request.source {
                try await take(source, folder: folder)
            } else {
                try PluginPackage(folder: old.package.folder)
            }
        try Self.check(granted: request.granted, against: package.manifest)
        guard Set(package.manifest.kinds).isSuperset(of: old.manifest.kinds) else {
            throw BerthError(
                .failedPrecondition,
                "\(package.manifest.name) \(package.manifest.version) does not serve every kind of "
                    + "\(request.name): \(old.manifest.kinds.map(\.rawValue).joined(separator: ", "))",
                object: "plugin \(request.name)")
        }
        var next = PluginDefinition(package: package, configuration: old.configuration)
        next.failurePolicy = records[request.name]?.failurePolicy ?? next.failurePolicy
        try await instance.replace(with: next)
        try records.update(request.name) { record in
            let before = record?.package ?? .init(name: old.manifest.name, digest: old.package.digest)
            var changed = record ?? InstanceRecord(package: before)
            changed.package = .init(name: package.manifest.name, digest: package.digest)
            changed.previous = before
            changed.source = request.source?.location ?? changed.source
            if changed.granted != nil || request.source != nil { changed.granted = request.granted }
            record = changed
        }
        environment.onOperation(
            request.name, "upgrade", ["from": old.manifest.version, "to": package.manifest.version])
        return await describe(instance, withManifest: true)
    }

    public func rollback(_ name: String) async throws -> PluginInfo {
        let instance = try instance(name)
        guard let record = records[name], let previous = record.previous, previous != record.package else {
            throw BerthError(
                .failedPrecondition, "plugin \(name) has no version to go back to", object: "plugin \(name)")
        }
        let package = try previous.digest.map { try packages.package($0) } ?? package(named: previous.name)
        let old = instance.definition
        var next = PluginDefinition(package: package, configuration: old.configuration)
        next.failurePolicy = record.failurePolicy ?? next.failurePolicy
        try await instance.replace(with: next)
        try records.update(name) { changed in
            changed?.previous = record.package
            changed?.package = previous
        }
        environment.onOperation(name, "rollback", ["from": old.manifest.version, "to": package.manifest.version])
        return await describe(instance, withManifest: true)
    }

    public func restart(_ name: String) async throws {
        let instance = try instance(name)
        try await instance.replace(with: instance.definition)
        environment.onOperation(name, "restart", [:])
    }

    /// - Returns: whether it took a fresh process.
    public func configure(_ request: PluginSetConfiguration) async throws -> Bool {
        let instance = try instance(request.name)
        var next = instance.definition
        next.configuration = request.configuration ?? next.configuration
        next.failurePolicy = request.failurePolicy ?? next.failurePolicy
        let restarted = try await instance.configure(next)
        try changeRecord(request.name, instance) { record in
            if let configuration = request.configuration { record.configuration = configuration }
            if let policy = request.failurePolicy { record.failurePolicy = policy }
        }
        environment.onOperation(request.name, "configure", [:])
        return restarted
    }

    public func enable(_ name: String) async throws {
        let instance = try instance(name)
        try changeRecord(name, instance) { $0.enabled = true }
        try await instance.enable()
        environment.onOperation(name, "enable", [:])
    }

    public func disable(_ request: PluginDisable, users: [String]) async throws {
        let instance = try instance(request.name)
        try Self.refuse(request.name, users, unless: request.force)
        try changeRecord(request.name, instance) { $0.enabled = false }
        try await instance.disable()
    }

    public func hold(_ request: PluginHold) async throws {
        try await instance(request.name).drain(within: .milliseconds(request.within ?? 10_000))
    }

    private func changeRecord(
        _ name: String, _ instance: PluginInstance, _ change: (inout InstanceRecord) -> Void
    ) throws {
        let package = instance.definition.package
        try records.update(name) { record in
            var changed = record ?? InstanceRecord(package: .init(name: package.manifest.name, digest: package.digest))
            change(&changed)
            record = changed
        }
    }
}

extension PluginManifest.Privileges {
    /// Without order and repetition, for comparing.
    var normalized: [String: [String]] {
        [
            "capabilities": Set(capabilities).sorted(), "network": [network], "devices": Set(devices).sorted(),
            "paths": Set(paths).sorted(),
            "mounts": Set(mounts ?? []).sorted(), "systemCalls": Set(systemCalls ?? []).sorted(),
            "limits": [
                limits?.memory.map { "\($0) bytes of memory" }, limits?.processes.map { "\($0) processes" },
            ].compactMap { $0 },
        ]
    }

    func difference(from granted: Self) -> String {
        let (asked, given) = (normalized, granted.normalized)
        return asked.keys.sorted().compactMap { key -> String? in
            let (asked, given) = (Set(asked[key] ?? []), Set(given[key] ?? []))
            let parts = [
                asked.subtracting(given).sorted().map { "\($0) is asked for and not granted" },
                given.subtracting(asked).sorted().map { "\($0) is granted and not asked for" },
            ].flatMap { $0 }
            return parts.isEmpty ? nil : "\(key): \(parts.joined(separator: ", "))"
        }.joined(separator: "; ")
    }
}
