import CSeccomp

/// The specification's names as libseccomp's and the kernel's numbers (seccomp.h, linux/audit.h).
enum SeccompNames {
    static let architectures: [String: UInt32] = [
        "SCMP_ARCH_X86": 0x4000_0003, "SCMP_ARCH_X86_64": 0xc000_003e, "SCMP_ARCH_X32": 0x4000_003e,
        "SCMP_ARCH_ARM": 0x4000_0028, "SCMP_ARCH_AARCH64": 0xc000_00b7,
        "SCMP_ARCH_RISCV64": 0xc000_00f3, "SCMP_ARCH_PPC64LE": 0xc000_0015, "SCMP_ARCH_PPC64": 0x8000_0015,
        "SCMP_ARCH_PPC": 20, "SCMP_ARCH_S390": 22, "SCMP_ARCH_S390X": 0x8000_0016,
        "SCMP_ARCH_MIPS": 8, "SCMP_ARCH_MIPS64": 0x8000_0008, "SCMP_ARCH_MIPS64N32": 0xa000_0008,
        "SCMP_ARCH_MIPSEL": 0x4000_0008, "SCMP_ARCH_MIPSEL64": 0xc000_0008, "SCMP_ARCH_MIPSEL64N32": 0xe000_0008,
        "SCMP_ARCH_PARISC": 15, "SCMP_ARCH_PARISC64": 0x8000_000f, "SCMP_ARCH_LOONGARCH64": 0xc000_0102,
        "SCMP_ARCH_M68K": 4, "SCMP_ARCH_SH": 0x4000_002a, "SCMP_ARCH_SHEB": 42,
    ]

    /// What a machine of an architecture can run.
    static func companions(of native: UInt32) -> [UInt32] {
        switch native {
        case 0xc000_003e: [native, 0x4000_0003, 0x4000_003e]
        case 0xc000_00b7: [native, 0x4000_0028]
        default: [native]
        }
    }

    static let actions: [String: UInt32] = [
        "SCMP_ACT_KILL": 0x0000_0000, "SCMP_ACT_KILL_THREAD": 0x0000_0000, "SCMP_ACT_KILL_PROCESS": 0x8000_0000,
        "SCMP_ACT_TRAP": 0x0003_0000, "SCMP_ACT_ERRNO": 0x0005_0000, "SCMP_ACT_TRACE": 0x7ff0_0000,
        "SCMP_ACT_LOG": 0x7ffc_0000, "SCMP_ACT_NOTIFY": 0x7fc0_0000, "SCMP_ACT_ALLOW": 0x7fff_0000,
    ]

    /// The highest number that an action can return: the kernel's MAX_ERRNO, and what a tracer is told.
    static let errnoLimits: [String: UInt32] = ["SCMP_ACT_ERRNO": 4095, "SCMP_ACT_TRACE": 0xffff]

    /// EPERM unless a number is given.
    static func action(_ name: String, errno: UInt32?) throws -> UInt32 {
        guard let action = actions[name] else {
            throw SeccompFilter.Failure(description: "seccomp: action \(name) is not supported")
        }
        return errnoLimits[name] == nil ? action : action | (errno ?? 1) & 0xffff
    }

    static let operations: [String: scmp_compare] = [
        "SCMP_CMP_NE": SCMP_CMP_NE, "SCMP_CMP_LT": SCMP_CMP_LT, "SCMP_CMP_LE": SCMP_CMP_LE,
        "SCMP_CMP_EQ": SCMP_CMP_EQ, "SCMP_CMP_GE": SCMP_CMP_GE, "SCMP_CMP_GT": SCMP_CMP_GT,
        "SCMP_CMP_MASKED_EQ": SCMP_CMP_MASKED_EQ,
    ]

    /// Calls that are younger than libseccomp 2.5.4; their numbers are the same on all architectures.
    static let recentCalls: [String: CInt] = [
        "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455,
        "futex_requeue": 456, "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459,
        "lsm_set_self_attr": 460, "lsm_list_modules": 461, "mseal": 462, "setxattrat": 463, "getxattrat": 464,
        "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467,
    ]
}
