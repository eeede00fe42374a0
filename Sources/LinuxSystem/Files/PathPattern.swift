import Glibc

/// A path with `*`, `?` and `[…]`, none of which stands for a slash (glob(7)).
public struct PathPattern: Hashable, Sendable {
    private let text: String

    public init(_ text: String) { self.text = text }

    public func matches(_ path: String) -> Bool { fnmatch(text, path, FNM_PATHNAME) == 0 }
}
