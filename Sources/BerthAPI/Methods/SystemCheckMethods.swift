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
    public var severity: Severity
    /// What is wrong, as one sentence without a final full stop.
    public var message: String
    /// What a repair does, or did; nil where only a person can mend it.
    public var repair: String?
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

extension CheckFinding: SchemaDocumented {
    public static let fieldDocs = [
        "check": "name of the check: snapshots, networks, …", "object": "what it is about: container web",
        "plugin": "the driver that was asked, by logical name",
        "severity": "ok: worth knowing; warning: something is left over or could not be looked at; "
            + "error: an object does not work",
        "message": "what is wrong, as one sentence",
        "repair": "what a repair does, or did; absent where only a person can mend it",
        "repaired": "whether the repair was made now",
    ]
}

/// Compares every object with its driver and with the host. A driver that is away is one finding, and nothing of its
/// objects is touched. With `repair`, mends what has one; a second run then finds nothing of it.
public struct SystemCheck: Method {
    public static let name = "system.check"
    public static let summary = "Compare every object with its driver and the host; mend what can be mended"
    public var repair: Bool?
    public var deep: Bool?

    public init(repair: Bool? = nil, deep: Bool? = nil) {
        self.repair = repair
        self.deep = deep
    }

    public struct Result: Codable, Sendable {
        public var checks: [String]
        public var findings: [CheckFinding]

        public init(checks: [String], findings: [CheckFinding]) {
            self.checks = checks
            self.findings = findings
        }
    }
}

extension SystemCheck: SchemaDocumented {
    public static let fieldDocs = [
        "repair": "mend what has a repair; false when absent",
        "deep": "read every blob and compare its digest, in place of its size only; false when absent",
    ]
}

extension SystemCheck.Result: SchemaDocumented {
    public static let fieldDocs = [
        "checks": "names of the checks that were made, in the order of the findings",
        "findings": "by check; none for a check that found everything in order",
    ]
}
