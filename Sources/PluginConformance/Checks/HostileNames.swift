import BerthAPI

/// Names that a plugin may be given by mistake or by malice.
enum HostileNames {
    /// To be refused: as names of files they would be somewhere else, or nothing.
    static let paths = [
        "", ".", "..", "../\(marker)", "../../\(marker)", "../../../../../../tmp/\(marker)", "/tmp/\(marker)",
        "a/../../\(marker)", "a\u{0}b", String(repeating: "a", count: 10_000),
    ]

    /// Odd, and harmless to who treats them as text.
    static let odd = [
        "a b", "-rf", "--help", "$(touch \(marker))", "`touch \(marker)`", "; touch \(marker)", "'; DROP TABLE x; --",
        "a\nb", "ключ", "\u{1F511}", "%s%n", "\\..\\\(marker)", "*",
    ]

    static let marker = "berth-conformance-escape"
}
