/// A reference taken apart and checked against the grammar, before docker.io's names are completed:
///
///     reference   = [ domain "/" ] path [ ":" tag ] [ "@" digest ]
///     domain      = host [ ":" digits ]            host = component { "." component } | "[" IPv6 "]"
///     path        = component { "/" component }    component = alphanumeric { ( "." | "_" | "__" | "-"+ ) alphanumeric }
///     tag         = word { word | "." | "-" }      at most 128 characters
struct ReferenceParts {
    /// A name longer than this is refused before it is looked at.
    private static let maximumLength = 1024

    var domain: String
    var repository: String
    var tag: String?
    var digest: Digest?

    init(_ text: String) throws(InvalidReference) {
        guard !text.isEmpty else { throw .empty }
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else { throw .format }
        var rest = text[...]
        digest = try Self.cutDigest(from: &rest)
        tag = try Self.cutTag(from: &rest)
        (domain, repository) = Self.splitDomain(rest)
        guard repository == repository.lowercased() else { throw .uppercase(repository) }
        guard Self.isDomain(domain), Self.isPath(repository) else { throw .format }
    }

    private static func cutDigest(from rest: inout Substring) throws(InvalidReference) -> Digest? {
        guard let at = rest.firstIndex(of: "@") else { return nil }
        let text = String(rest[rest.index(after: at)...])
        rest = rest[..<at]
        if let digest = Digest(text) { return digest }
        let algorithm = text.prefix { $0 != ":" }
        throw algorithm == "sha512" || algorithm == "sha384" ? .digest : .format
    }

    private static func cutTag(from rest: inout Substring) throws(InvalidReference) -> String? {
        let lastComponent = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
        guard let colon = rest[lastComponent...].firstIndex(of: ":") else { return nil }
        let tag = rest[rest.index(after: colon)...]
        guard isTag(tag.utf8) else { throw .format }
        rest = rest[..<colon]
        return String(tag)
    }

    private static func splitDomain(_ name: Substring) -> (String, String) {
        guard let slash = name.firstIndex(of: "/") else { return (ImageReference.defaultDomain, String(name)) }
        let first = name[..<slash]
        let isHost = first == "localhost" || first.utf8.contains { $0 == 0x2e || $0 == 0x3a || $0.isUppercase }
        guard isHost else { return (ImageReference.defaultDomain, String(name)) }
        return (String(first), String(name[name.index(after: slash)...]))
    }

    private static func isTag(_ tag: Substring.UTF8View) -> Bool {
        guard let first = tag.first, first.isLetterOrDigit || first == 0x5f, tag.count <= 128 else { return false }
        return tag.allSatisfy { $0.isLetterOrDigit || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d }
    }

    static func isDomain(_ domain: String) -> Bool {
        var host = Array(domain.utf8)[...]
        if let end = host.lastIndex(of: 0x5d), host.first == 0x5b {
            let address = host[(host.startIndex + 1)..<end]
            host = host[(end + 1)...]
            guard !address.isEmpty, address.allSatisfy({ $0.isLetterOrDigit || $0 == 0x3a }) else { return false }
            return host.isEmpty || (host.first == 0x3a && isPort(host.dropFirst()))
        }
        if let colon = host.firstIndex(of: 0x3a) {
            guard isPort(host[(colon + 1)...]) else { return false }
            host = host[..<colon]
        }
        return host.split(separator: 0x2e, omittingEmptySubsequences: false).allSatisfy { component in
            component.first?.isLetterOrDigit == true && component.last?.isLetterOrDigit == true
                && component.allSatisfy { $0.isLetterOrDigit || $0 == 0x2d }
        }
    }

    private static func isPort(_ port: ArraySlice<UInt8>) -> Bool {
        (1...5).contains(port.count) && port.allSatisfy(\.isDigit)
    }

    static func isPath(_ path: String) -> Bool {
        path.utf8.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy { isComponent($0) }
    }

    private static func isComponent(_ component: Substring.UTF8View) -> Bool {
        var separator: [UInt8] = []
        guard component.first.map(isAlphanumeric) == true, component.last.map(isAlphanumeric) == true else {
            return false
        }
        for byte in component {
            if isAlphanumeric(byte) {
                guard isSeparator(separator) else { return false }
                separator = []
            } else {
                separator.append(byte)
            }
        }
        return true
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { byte.isLowercase || byte.isDigit }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        switch bytes {
        case [], [0x2e], [0x5f], [0x5f, 0x5f]: true
        default: bytes.allSatisfy { $0 == 0x2d }
        }
    }
}
