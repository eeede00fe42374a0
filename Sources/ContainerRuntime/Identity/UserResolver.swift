public import LinuxSystem

/// Users and groups by name, from the container's own files beneath its root. Strict: an odd number or an overlong
/// line is an error, never somebody (CVE-2026-30892, CVE-2024-40635).
public struct UserResolver: Sendable {
    /// Who a specification names.
    public struct Identity: Hashable, Sendable {
        public var uid: UInt32
        public var gid: UInt32
        /// The group itself and, unless the specification names one, those that list the user as a member.
        public var additionalGroups: [UInt32]
        public var home: String?
    }

    private let root: RootFolder

    public init(_ root: RootFolder) { self.root = root }

    /// Resolves `user[:group]`, each a name or a number of 32 bits.
    ///
    /// A number need not be in the files; a name must. Without a group, the user's own and those that list the user
    /// count; group 0 for a number that is in no file.
    public func resolve(_ specification: String) throws(LaunchError) -> Identity {
        let parts = specification.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = parts[0]
        let group = parts.count == 2 && !parts[1].isEmpty ? parts[1] : nil
        var identity = try resolveUser(user.isEmpty ? "0" : user)
        if let group {
            identity.gid = try resolveGroup(group)
            identity.additionalGroups = []
        }
        // A set-group-ID program that takes itself back must not lose what is denied to this group (CVE-2022-36109).
        if !identity.additionalGroups.contains(identity.gid) { identity.additionalGroups.insert(identity.gid, at: 0) }
        return identity
    }

    /// The home folder of a user number; nil when it is in no file.
    public func home(of uid: UInt32) throws(LaunchError) -> String? {
        let entry = try AccountFile.passwd.first(beneath: root) { $0.number(2) == uid }
        return entry.flatMap { $0.text(5) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func resolveUser(_ user: String) throws(LaunchError) -> Identity {
        let number = UInt32(strict: user)
        let entry = try AccountFile.passwd.first(beneath: root) { entry in
            if let number { return entry.number(2) == number }
            return entry.text(0) == user
        }
        guard let entry else {
            if let number { return Identity(uid: number, gid: 0, additionalGroups: [], home: nil) }
            if user.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 }) {
                throw LaunchError(.unknownUser, "user \(user): uids and gids must be in the range 0-4294967294")
            }
            throw LaunchError(.unknownUser, "unable to find user \(user): no matching entries in passwd file")
        }
        guard let uid = entry.number(2), let gid = entry.number(3) else {
            throw LaunchError(.unknownUser, "user \(user): the passwd file's entry has no valid numbers")
        }
        let name = Substring(entry.text(0) ?? "")
        let groups = try AccountFile.group.all(beneath: root) { $0.members.contains(name) }.compactMap { $0.number(2) }
        return Identity(uid: uid, gid: gid, additionalGroups: groups, home: entry.text(5))
    }

    /// Resolves a group, by name or by a number of 32 bits, which need not be in the file.
    public func resolveGroup(_ group: String) throws(LaunchError) -> UInt32 {
        if let number = UInt32(strict: group) { return number }
        guard let entry = try AccountFile.group.first(beneath: root, where: { $0.text(0) == group }) else {
            throw LaunchError(.unknownUser, "unable to find group \(group): no matching entries in group file")
        }
        guard let gid = entry.number(2) else {
            throw LaunchError(.unknownUser, "group \(group): the group file's entry has no valid number")
        }
        return gid
    }
}

extension UInt32 {
    /// Decimal digits only, without sign, space or leading zeros, and less than 2³²−1, which the kernel reads as
    /// "no identity".
    init?(strict text: some StringProtocol) {
        let digits = text.utf8
        guard (1...10).contains(digits.count), digits.allSatisfy({ $0 >= 48 && $0 <= 57 }) else { return nil }
        guard digits.count == 1 || digits.first != 48 else { return nil }
        guard let value = UInt64(text), value < UInt64(UInt32.max) else { return nil }
        self = UInt32(value)
    }
}
