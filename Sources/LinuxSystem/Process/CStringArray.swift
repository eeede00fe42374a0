import Glibc

extension String {
    /// Copies a C string that a library has allocated, and frees it.
    public init(takingAllocated text: UnsafeMutablePointer<CChar>) {
        defer { free(text) }
        self.init(cString: text)
    }
}

/// A NULL-terminated array of C strings, as execve(2) takes it; freed with the object.
public final class CStringArray {
    public let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    public init(_ strings: [String]) {
        count = strings.count
        pointers = .allocate(capacity: count + 1)
        for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
        pointers[count] = nil
    }

    deinit {
        for index in 0..<count { free(pointers[index]) }
        pointers.deallocate()
    }
}
