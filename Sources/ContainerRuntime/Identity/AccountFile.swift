import LinuxSystem

/// A file of lines with fields between colons: passwd(5), group(5). It comes from an image and may be anything.
enum AccountFile: String {
    case passwd = "/etc/passwd"
    case group = "/etc/group"

    private static let maximumFile = 8 << 20
    private static let maximumLine = 1 << 20
    private static let maximumGroups = 65_536

    struct Entry {
        let fields: [Substring]

        func text(_ index: Int) -> String? { fields.indices.contains(index) ? String(fields[index]) : nil }
        func number(_ index: Int) -> UInt32? {
            fields.indices.contains(index) ? UInt32(strict: fields[index]) : nil
        }
        var members: [Substring] { fields.count > 3 ? fields[3].split(separator: ",") : [] }
    }

    func first(beneath root: RootFolder, where matches: (Entry) -> Bool) throws(LaunchError) -> Entry? {
        try scan(root, limit: 1, matches).first
    }

    func all(beneath root: RootFolder, where matches: (Entry) -> Bool) throws(LaunchError) -> [Entry] {
        try scan(root, limit: Self.maximumGroups, matches)
    }

    private func scan(_ root: RootFolder, limit: Int, _ matches: (Entry) -> Bool) throws(LaunchError) -> [Entry] {
        guard let text = try contents(root) else { return [] }
        var found: [Entry] = []
        for line in text.split(separator: 10) {
            guard line.count <= Self.maximumLine else {
                throw LaunchError(.unknownUser, "\(rawValue): a line is longer than \(Self.maximumLine) bytes")
            }
            let line = String(decoding: line, as: UTF8.self)
            let entry = Entry(fields: line.split(separator: ":", omittingEmptySubsequences: false))
            if matches(entry) { found.append(entry) }
            if found.count >= limit { return found }
        }
        return found
    }

    /// The file's bytes; nil when there is none, or what is there is no file: a masked one is the null device.
    private func contents(_ root: RootFolder) throws(LaunchError) -> [UInt8]? {
        do {
            return try root.readFile(rawValue, limit: Self.maximumFile)
        } catch  where [.noEntry, .notDirectory, .invalid].contains(error.errno) {
            return nil
        } catch {
            throw LaunchError(error, "read \(rawValue)")
        }
    }
}
