import OCISpec

extension RuntimeSpec.Personality {
    private static let domains: [String: UInt32] = ["LINUX": 0, "LINUX32": 8]

    /// The specification names none yet; these are personality(2)'s.
    private static let flagValues: [String: UInt32] = [
        "UNAME26": 0x2_0000, "ADDR_NO_RANDOMIZE": 0x4_0000, "FDPIC_FUNCPTRS": 0x8_0000, "MMAP_PAGE_ZERO": 0x10_0000,
        "ADDR_COMPAT_LAYOUT": 0x20_0000, "READ_IMPLIES_EXEC": 0x40_0000, "ADDR_LIMIT_32BIT": 0x80_0000,
        "SHORT_INODE": 0x100_0000, "WHOLE_SECONDS": 0x200_0000, "STICKY_TIMEOUTS": 0x400_0000,
        "ADDR_LIMIT_3GB": 0x800_0000,
    ]

    /// What personality(2) takes.
    func value() throws(LaunchError) -> UInt32 {
        guard var value = Self.domains[domain] else {
            throw .invalid("linux.personality.domain", "\(domain) is not LINUX or LINUX32")
        }
        for (index, name) in (flags ?? []).enumerated() {
            guard let flag = Self.flagValues[name] else {
                throw .invalid("linux.personality.flags[\(index)]", "\(name) is no flag of a personality")
            }
            value |= flag
        }
        return value
    }
}
