extension Platform {
    /// The platform that this executable was built for.
    public static var host: Platform {
        #if arch(x86_64)
            Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
            Platform(os: "linux", architecture: "arm64", variant: "v8")
        #elseif arch(arm)
            Platform(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(i386)
            Platform(os: "linux", architecture: "386")
        #elseif arch(riscv64)
            Platform(os: "linux", architecture: "riscv64")
        #elseif arch(powerpc64le)
            Platform(os: "linux", architecture: "ppc64le")
        #else
            Platform(os: "linux", architecture: "s390x")
        #endif
    }

    /// Parses `os/architecture[/variant]`, `architecture` or `os`; what is left out is the host's.
    ///
    /// - Returns: nil for a text with other than one to three words of letters, digits, `_`, `.` and `-`.
    public init?(_ text: String) {
        let words = text.lowercased().split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...3).contains(words.count), words.allSatisfy(Self.isWord) else { return nil }
        let host = Platform.host
        if words.count == 1 {
            let isOS = Self.operatingSystems.contains(words[0])
            self.init(os: isOS ? words[0] : host.os, architecture: isOS ? host.architecture : words[0])
        } else {
            self.init(os: words[0], architecture: words[1], variant: words.count == 3 ? words[2] : nil)
        }
        self = normalized
    }

    private static let operatingSystems: Set<String> = ["linux", "windows", "darwin", "freebsd", "wasi"]

    private static func isWord(_ word: String) -> Bool {
        !word.isEmpty && word.utf8.allSatisfy { $0.isLetterOrDigit || $0 == 0x5f || $0 == 0x2e || $0 == 0x2d }
    }

    /// Aliases replaced by the names that Go and the image-spec use, default variants made explicit:
    /// `x86_64` → `amd64`, `aarch64` → `arm64/v8`, `armhf` → `arm/v7`.
    public var normalized: Platform {
        var result = self
        result.os = os == "macos" ? "darwin" : os
        if let (name, variant) = Self.aliases[architecture] {
            result.architecture = name
            result.variant = self.variant ?? variant
        }
        switch (result.architecture, result.variant) {
        case ("arm64", nil), ("arm64", "8"): result.variant = "v8"
        case ("arm", nil), ("arm", "7"): result.variant = "v7"
        case ("arm", "6"): result.variant = "v6"
        case ("arm", "5"): result.variant = "v5"
        case ("amd64", "v1"): result.variant = nil
        default: break
        }
        return result
    }

    private static let aliases: [String: (String, String?)] = [
        "x86_64": ("amd64", nil), "x86-64": ("amd64", nil), "i386": ("386", nil), "i686": ("386", nil),
        "aarch64": ("arm64", "v8"), "armhf": ("arm", "v7"), "armel": ("arm", "v6"), "ppc64el": ("ppc64le", nil),
    ]

    /// What runs where this platform is asked for, best first: itself, then lesser variants of its architecture.
    public var candidates: [Platform] {
        let wanted = normalized
        let ladder = Self.variants[wanted.architecture] ?? []
        guard let position = ladder.firstIndex(of: wanted.variant) else { return [wanted] }
        return ladder[position...].map { Platform(os: wanted.os, architecture: wanted.architecture, variant: $0) }
    }

    private static let variants: [String: [String?]] = [
        "arm": ["v8", "v7", "v6", "v5"],
        "arm64": ["v9", "v8"],
        "amd64": ["v4", "v3", "v2", nil],
    ]

    /// `linux/arm64/v8`.
    public var text: String { "\(os)/\(architecture)" + (variant.map { "/" + $0 } ?? "") }
}

extension ImageIndex {
    /// The entry to use where `platform` is asked for: the best match, else, where no entry says its platform, the
    /// first manifest, whose configuration then decides. Attestations (`unknown/unknown`) never match.
    public func manifest(for platform: Platform) -> OCIDescriptor? {
        let entries = manifests.filter { MediaType.manifests.contains($0.mediaType) }
        for candidate in platform.candidates {
            if let match = entries.first(where: { $0.platform?.runs(as: candidate) == true }) { return match }
        }
        return entries.allSatisfy { $0.platform == nil } ? entries.first : nil
    }
}

extension Platform {
    /// Same system, architecture and variant, whatever the spelling.
    public func runs(as other: Platform) -> Bool {
        let (a, b) = (normalized, other.normalized)
        return a.os == b.os && a.architecture == b.architecture && a.variant == b.variant
    }
}
