import LinuxSystem

/// The staged installation that `make test` has laid out.
enum Stage {
    static let path = environmentVariable("BERTH_STAGE") ?? ""
    /// The tree that this test is of.
    static let repository = parentDirectory(parentDirectory(parentDirectory(#filePath)))
    static var berth: String { "\(path)/bin/berth" }
    static var berthd: String { "\(path)/bin/berthd" }
    static var isThere: Bool { !path.isEmpty && fileExists(berthd) && fileExists(berth) }
}
