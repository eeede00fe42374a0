import LinuxSystem
import OCISpec

/// A list of devices as the program that cgroup v2 asks instead of a list (BPF_PROG_TYPE_CGROUP_DEVICE): each of the
/// accesses asked for is decided by the last rule that is about it.
///
///     r2 type  r3 accesses still to be decided  r4 major  r5 minor
struct DeviceProgram: Equatable {
    /// `struct bpf_insn`, eight bytes each.
    private(set) var instructions: [UInt64] = []

    private enum Register { static let result = 0, context = 1, type = 2, access = 3, major = 4, minor = 5 }

    /// Of `access_type` in `struct bpf_cgroup_dev_ctx` (linux/bpf.h).
    private static let accesses: [Character: Int32] = ["m": 1, "r": 2, "w": 4]
    private static let everything: Int32 = 7
    private static let types: [String: Int32] = ["b": 1, "c": 2]

    init(_ rules: [RuntimeSpec.DeviceRule]) throws(LaunchError) {
        load(Register.type, offset: 0)
        emit(0xbf, Register.access, source: Register.type)  // access = type
        emit(0x57, Register.type, value: 0xffff)  // type &= 0xffff
        emit(0x77, Register.access, value: 16)  // access >>= 16
        load(Register.major, offset: 4)
        load(Register.minor, offset: 8)
        for rule in rules.reversed() {
            // Nothing is reached behind a rule about all, and the verifier takes no such code.
            guard try add(rule) else { return }
        }
        // As at the root of the hierarchy, from which a v1 group would have it.
        answer(1)
    }

    /// Whether the program may go on behind the rule.
    private mutating func add(_ rule: RuntimeSpec.DeviceRule) throws(LaunchError) -> Bool {
        var jumps: [Int] = []
        if let type = rule.type, type != "a" { jumps.append(skip(unless: Register.type, is: Self.types[type] ?? 0)) }
        if rule.type ?? "a" != "a" {
            for (register, number) in [(Register.major, rule.major), (Register.minor, rule.minor)] {
                guard let number, number >= 0 else { continue }
                guard let value = Int32(exactly: number) else {
                    throw LaunchError(.invalid, "linux.resources.devices: there is no device number \(number)")
                }
                jumps.append(skip(unless: register, is: value))
            }
        }
        let access = (rule.type ?? "a") == "a" ? Self.everything : Self.mask(rule.access)
        if access != Self.everything { jumps.append(decide(access, allow: rule.allow)) }
        answer(rule.allow ? 1 : 0)
        for jump in jumps { land(jump) }
        return !jumps.isEmpty
    }

    private static func mask(_ access: String?) -> Int32 {
        guard let access else { return everything }
        return access.reduce(0) { $0 | (accesses[$1] ?? 0) }
    }

    /// Takes off what is allowed, and goes on unless that was all; or goes on unless something is forbidden.
    private mutating func decide(_ access: Int32, allow: Bool) -> Int {
        if allow {
            emit(0x57, Register.access, value: Self.everything & ~access)
            return skip(unless: Register.access, is: 0)
        }
        emit(0xbf, Register.result, source: Register.access)
        emit(0x57, Register.result, value: access)
        return jump(0x15, Register.result, value: 0)  // if result == 0
    }

    // MARK: Instructions (linux/bpf.h)

    private mutating func load(_ register: Int, offset: Int16) {
        emit(0x61, register, source: Register.context, offset: offset)
    }

    private mutating func answer(_ value: Int32) {
        emit(0xb7, Register.result, value: value)
        emit(0x95, 0)
    }

    private mutating func skip(unless register: Int, is value: Int32) -> Int {
        jump(0x55, register, value: value)  // if register != value
    }

    /// A jump whose goal is not known yet; see `land`.
    private mutating func jump(_ code: UInt8, _ register: Int, value: Int32) -> Int {
        emit(code, register, value: value)
        return instructions.count - 1
    }

    /// Lets the jump lead to what comes next.
    private mutating func land(_ jump: Int) {
        instructions[jump] |= UInt64(instructions.count - jump - 1) << 16
    }

    private mutating func emit(
        _ code: UInt8, _ register: Int, source: Int = 0, offset: Int16 = 0, value: Int32 = 0
    ) {
        let registers = UInt64(register | source << 4) << 8
        instructions.append(
            UInt64(code) | registers | UInt64(UInt16(bitPattern: offset)) << 16
                | UInt64(UInt32(bitPattern: value)) << 32)
    }
}
