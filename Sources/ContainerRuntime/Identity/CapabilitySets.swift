import CCap
import LinuxSystem
import OCISpec

/// The five sets of capabilities(7), as masks.
public struct CapabilitySets: Sendable {
    var bounding: UInt64 = 0
    var effective: UInt64 = 0
    var inheritable: UInt64 = 0
    var permitted: UInt64 = 0
    var ambient: UInt64 = 0
    /// Names that this kernel or library does not know: spec, config.md: a warning.
    public private(set) var unknown: [String] = []

    /// No capabilities at all when the configuration gives none.
    init(_ sets: RuntimeSpec.Capabilities?) {
        bounding = mask(sets?.bounding)
        effective = mask(sets?.effective)
        inheritable = mask(sets?.inheritable)
        permitted = mask(sets?.permitted)
        ambient = mask(sets?.ambient)
    }

    /// The same capabilities in the bounding, permitted and effective set, and none for programs started later to inherit:
    /// for root, an exec takes the bounding set.
    public init(names: [String]) {
        bounding = mask(names)
        permitted = bounding
        effective = bounding
    }

    private mutating func mask(_ names: [String]?) -> UInt64 {
        var mask: UInt64 = 0
        for name in names ?? [] {
            var value: cap_value_t = 0
            if cap_from_name(name.lowercased(), &value) == 0, value < Self.count {
                mask |= 1 << UInt64(value)
            } else if !unknown.contains(name) {
                unknown.append(name)
            }
        }
        return mask
    }

    /// How many capabilities this kernel has.
    static let count = min(cap_max_bits(), 64)

    /// All of them, with `CAP_`.
    static var names: [String] { (0..<count).map(name) }

    /// Whether this kernel and library know a capability, with `CAP_`.
    public static func isKnown(_ text: String) -> Bool { names.contains(text.uppercased()) }

    /// Lowers the bounding set of the running process to this one's. Returns what it lacks: a capability that the
    /// process does not have itself cannot be given.
    public func limitBounding() throws(LaunchError) -> [String] {
        var lacking: [String] = []
        for value in 0..<Self.count {
            let wanted = bounding & (1 << UInt64(value)) != 0
            let present = cap_get_bound(value) == 1
            if present && !wanted {
                guard cap_drop_bound(value) == 0 else {
                    throw Self.failure("drop \(Self.name(value)) of the bounding set")
                }
            }
            if wanted && !present { lacking.append(Self.name(value)) }
        }
        return lacking
    }

    /// Makes all permitted capabilities effective: a change of user has cleared them.
    static func raiseEffective() throws(LaunchError) {
        guard let state = cap_get_proc() else { throw Self.failure("read the capabilities") }
        defer { cap_free(UnsafeMutableRawPointer(state)) }
        for value in 0..<count {
            var flag = CAP_CLEAR
            guard cap_get_flag(state, value, CAP_PERMITTED, &flag) == 0 else { continue }
            var one = value
            cap_set_flag(state, CAP_EFFECTIVE, 1, &one, flag)
        }
        guard cap_set_proc(state) == 0 else { throw Self.failure("raise the effective capabilities") }
    }

    /// The same for one step among system calls.
    static func raiseAll() throws(SystemError) {
        do {
            try raiseEffective()
        } catch {
            throw SystemError(error.errno ?? .notPermitted, "capset", error.message)
        }
    }

    /// Sets the other four. What the process is not permitted to have is left out.
    public func apply() throws(LaunchError) {
        guard let current = cap_get_proc(), let state = cap_init() else { throw Self.failure("read the capabilities") }
        defer {
            cap_free(UnsafeMutableRawPointer(current))
            cap_free(UnsafeMutableRawPointer(state))
        }
        var raised: UInt64 = 0
        for value in 0..<Self.count {
            let bit = UInt64(1) << UInt64(value)
            var flag = CAP_CLEAR
            guard cap_get_flag(current, value, CAP_PERMITTED, &flag) == 0, flag == CAP_SET else { continue }
            set(state, CAP_PERMITTED, value, permitted & bit)
            set(state, CAP_EFFECTIVE, value, effective & permitted & bit)
            // Beyond the spec's list the inheritable set stays empty, also for an exec (CVE-2022-29162).
            set(state, CAP_INHERITABLE, value, inheritable & bit)
            if ambient & permitted & inheritable & bit != 0 { raised |= bit }
        }
        guard cap_set_proc(state) == 0 else { throw Self.failure("set the capabilities") }
        guard cap_reset_ambient() == 0 else { throw Self.failure("clear the ambient capabilities") }
        for value in 0..<Self.count where raised & (1 << UInt64(value)) != 0 {
            guard cap_set_ambient(value, CAP_SET) == 0 else { throw Self.failure("raise \(Self.name(value))") }
        }
    }

    private func set(_ state: cap_t, _ kind: cap_flag_t, _ value: cap_value_t, _ bit: UInt64) {
        var one = value
        cap_set_flag(state, kind, 1, &one, bit != 0 ? CAP_SET : CAP_CLEAR)
    }

    private static func failure(_ what: String) -> LaunchError {
        let errno = Errno.current
        return LaunchError(.system, "capabilities: \(what): \(errno)", errno)
    }

    private static func name(_ value: cap_value_t) -> String {
        guard let text = cap_to_name(value) else { return "capability \(value)" }
        defer { cap_free(text) }
        return String(cString: text).uppercased()
    }
}
