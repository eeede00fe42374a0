import Glibc

/// A POSIX extended regular expression (regcomp(3)), found anywhere in a text.
public final class TextPattern: @unchecked Sendable {
    // Sendable because regexec(3) does not change the expression.
    private let compiled: UnsafeMutablePointer<regex_t>

    /// - Returns: nil for a text that is no expression.
    public init?(_ text: String) {
        let compiled = UnsafeMutablePointer<regex_t>.allocate(capacity: 1)
        guard regcomp(compiled, text, REG_EXTENDED | REG_NOSUB) == 0 else {
            compiled.deallocate()
            return nil
        }
        self.compiled = compiled
    }

    deinit {
        regfree(compiled)
        compiled.deallocate()
    }

    public func matches(_ text: String) -> Bool { regexec(compiled, text, 0, nil, 0) == 0 }
}
