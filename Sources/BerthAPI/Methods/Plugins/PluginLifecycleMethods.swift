import JSON
import JSONRPC

/// Where a plugin's package comes from.
public struct PluginSource: Codable, Hashable, Sendable {
    public enum Kind: String, Codable, CaseIterable, Sendable {
        /// A folder of the daemon's host, by absolute path.
        case folder
        /// A tar archive of the daemon's host, plain or compressed, by absolute path.
        case archive
        /// An OCI artifact in a registry, by reference.
        case image
        /// A package that is there already, by name: for a further instance.
        case package
    }
    /// What `location` is.
    public var kind: Kind
    /// An absolute path, a reference or a package's name, by `kind`.
    public var location: String
    /// The package's digest, when only that one will do.
    public var digest: String?
    public init(kind: Kind, location: String, digest: String? = nil) {
        self.kind = kind
        self.location = location
        self.digest = digest
    }
}

/// What a package is and what it asks for, before it is installed: to be shown and confirmed.
public struct PluginExamine: Method {
    public static let name = "plugin.examine"
    public static let summary = "Read a plugin package's manifest and digest without installing it"
    /// Where the package is.
    public var source: PluginSource
    public init(source: PluginSource) { self.source = source }
    public struct Result: Codable, Sendable {
        /// `sha256:…`; installing with it as the source's digest installs what was examined. Nil for a package on the
        /// search path.
        public var digest: String?
        /// Its `plugin.json`.
        public var manifest: PluginManifest
        public init(digest: String?, manifest: PluginManifest) {
            self.digest = digest
            self.manifest = manifest
        }
    }
}

/// Installs a package as an instance. The privileges granted must be exactly those that the manifest asks for.
public struct PluginInstall: Method {
    public static let name = "plugin.install"
    public static let summary = "Install a plugin package as an instance"
    /// Where the package is.
    public var source: PluginSource
    /// The instance's logical name; the manifest's when absent.
    public var name: String?
    /// What the user has confirmed; anything but what the manifest asks for is a `permissionDenied`.
    public var granted: PluginManifest.Privileges
    /// The instance's, checked against the manifest's schema; none when absent.
    public var configuration: JSON?
    /// Whether it stays disabled.
    public var disabled: Bool?
    public init(
        source: PluginSource, name: String? = nil, granted: PluginManifest.Privileges, configuration: JSON? = nil,
        disabled: Bool? = nil
    ) {
        self.source = source
        self.name = name
        self.granted = granted
        self.configuration = configuration
        self.disabled = disabled
    }
    public typealias Result = PluginInfo
}

/// Removes an installed instance that nothing uses. Its state directory goes with it only when asked for.
public struct PluginRemove: Method {
    public static let name = "plugin.remove"
    public static let summary = "Remove an installed plugin instance"
    /// The instance's logical name.
    public var name: String
    /// Also one that objects refer to; they cannot be used until it is there again.
    public var force: Bool?
    /// Also its state directory.
    public var state: Bool?
    public init(name: String, force: Bool? = nil, state: Bool? = nil) {
        self.name = name
        self.force = force
        self.state = state
    }
    public typealias Result = Empty
}

public struct PluginEnable: Method {
    public static let name = "plugin.enable"
    public static let summary = "Let a disabled or drained plugin work again"
    /// The instance's logical name.
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = Empty
}

public struct PluginDisable: Method {
    public static let name = "plugin.disable"
    public static let summary = "End a plugin's process and keep it ended; calls to it fail"
    /// The instance's logical name.
    public var name: String
    /// Also one that running containers use.
    public var force: Bool?
    public init(name: String, force: Bool? = nil) {
        self.name = name
        self.force = force
    }
    public typealias Result = Empty
}

/// The same version in a fresh process, by the way of an upgrade: no call fails.
public struct PluginRestart: Method {
    public static let name = "plugin.restart"
    public static let summary = "Replace a plugin's process by a fresh one; no call fails"
    /// The instance's logical name.
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = Empty
}

/// Another version takes over, while calls wait; when it fails, the old one goes on.
public struct PluginUpgrade: Method {
    public static let name = "plugin.upgrade"
    public static let summary = "Let another version of a plugin take over; no call fails"
    /// The instance's logical name.
    public var name: String
    /// Nil: what is now in the package's folder on the search path.
    public var source: PluginSource?
    /// As for `plugin.install`, by the new version's manifest.
    public var granted: PluginManifest.Privileges
    public init(name: String, source: PluginSource? = nil, granted: PluginManifest.Privileges) {
        self.name = name
        self.source = source
        self.granted = granted
    }
    public typealias Result = PluginInfo
}

public struct PluginRollback: Method {
    public static let name = "plugin.rollback"
    public static let summary = "Go back to the version before the last upgrade; no call fails"
    /// The instance's logical name.
    public var name: String
    public init(name: String) { self.name = name }
    public typealias Result = PluginInfo
}

/// A plugin takes it while running where it can; else a fresh process does.
public struct PluginSetConfiguration: Method {
    public static let name = "plugin.setConfiguration"
    public static let summary = "Change a plugin's configuration or failure policy"
    /// The instance's logical name.
    public var name: String
    /// The whole configuration, checked against the manifest's schema; nil leaves it.
    public var configuration: JSON?
    /// For this instance, in place of the manifest's; nil leaves it.
    public var failurePolicy: PluginManifest.FailurePolicy?
    public init(name: String, configuration: JSON? = nil, failurePolicy: PluginManifest.FailurePolicy? = nil) {
        self.name = name
        self.configuration = configuration
        self.failurePolicy = failurePolicy
    }
    public struct Result: Codable, Sendable {
        /// Whether it took a fresh process.
        public var restarted: Bool
        public init(restarted: Bool) { self.restarted = restarted }
    }
}

/// Calls that run are finished; new ones wait in the core until the plugin is enabled or restarted.
public struct PluginHold: Method {
    public static let name = "plugin.hold"
    public static let summary = "Drain a plugin: finish the calls that run, let new ones wait"
    /// The instance's logical name.
    public var name: String
    /// Milliseconds that running calls may take; 10,000 when absent.
    public var within: Int?
    public init(name: String, within: Int? = nil) {
        self.name = name
        self.within = within
    }
    public typealias Result = Empty
}

/// Sends an instance's package to a registry, as an OCI artifact that `plugin.install` takes.
public struct PluginPush: Method {
    public static let name = "plugin.push"
    public static let summary = "Send a plugin package to a registry"
    /// The package to send.
    public var source: PluginSource
    /// Where to: `registry.example/plugins/ceph:1.2`.
    public var reference: String
    /// Logical name of the registry plugin, in place of the one that the routes choose.
    public var registry: String?
    /// Absent: without logging in.
    public var credentials: RegistryCredentials?
    public init(
        source: PluginSource, reference: String, registry: String? = nil, credentials: RegistryCredentials? = nil
    ) {
        self.source = source
        self.reference = reference
        self.registry = registry
        self.credentials = credentials
    }
    public struct Result: Codable, Sendable {
        /// Of the artifact's manifest: `sha256:…`.
        public var digest: String
        /// The package's own digest, by which it is installed: `sha256:…`.
        public var package: String
        public init(digest: String, package: String) {
            self.digest = digest
            self.package = package
        }
    }
}
