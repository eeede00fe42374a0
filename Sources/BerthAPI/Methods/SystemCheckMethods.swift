import JSON
import JSONRPC

/// Something that a check found.
public struct CheckFinding: Codable, Hashable, Sendable {
    public enum Severity: String, Codable, CaseIterable, Sendable {
        /// Worth knowing, nothing to do.
        case ok
        /// Something is left over, or could not be looked at.
        case warning
        /// An object does not work, or will not the next time it is used.
        case error
    }

    /// The check's name: `snapshots`, `networks`, …
    public var check: String
    /// What it is about: `container web`, `blob sha256:…`.
    public var object: String
    /// The driver that was asked, by logical name.
    public var plugin: String?
    /// ok: worth knowing; warning: something is left over or could not be looked at; error: an object does not work.
    public var severity: Severity
    /// What is wrong, as one sentence without a final full stop.
    public var message: String
    /// What a repair does, or did; absent where only a person can mend it.
    public var repair: String?
    /// Whether the repair was made now.
    public var repaired: Bool

    public init(
        check: String, object: String, plugin: String? = nil, severity: Severity, message: String,
        repair: String? = nil
    ) {
        self.check = check
        self.object = object
        self.plugin = plugin
        self.severity = severity
        self.message = message
        self.repair = repair
        repaired = false
    }

    /// Whether something is wrong and stays so.
    public var isLeft: Bool { severity != .ok && !repaired }
}

/// Compares every object with its driver and with the host. A driver that is away is one finding, and nothing of its
/// objects is touched. With `repair`, mends what has one; a second run then finds nothing of it.
public struct SystemCheck: Method {
    public static let name = "system.check"
    public static let summary = "Compare every object with its driver and the host; mend what can be mended"
    /// Mend what has a repair; false when absent.
    public var repair: Bool?
    /// Read every blob and compare its digest, in place of its size only; false when absent.
    public var deep: Bool?

    public init(repair: Bool? = nil, deep: Bool? = nil) {
        self.repair = repair
        self.deep = deep
    }

    public struct Result: Codable, Sendable {
        /// Names of the checks that were made, in the order of the findings.
        public var checks: [String]
        /// By check; none for a check that found everything in order.
        public var findings: [CheckFinding]

        public init(checks: [String], findings: [CheckFinding]) {
            self.checks = checks
            self.findings = findings
        }
    }
}
