/// Repeatable `key=value` flags.
enum KeyValue {
    static func parse(_ values: [String], of flag: String) throws -> [String: String]? {
        guard !values.isEmpty else { return nil }
        let pairs = try parseAll(values, of: flag) { text throws in
            let (key, value) = text.splitOnce("=")
            guard let value, !key.isEmpty else { throw InvalidInput("it must be a key=value pair") }
            return (key, value)
        }
        return Dictionary(pairs) { $1 }
    }
}
