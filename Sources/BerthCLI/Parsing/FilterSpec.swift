/// `--filter key=value`: values of one key are alternatives.
public enum FilterSpec {
    public static func parse(_ texts: [String]) throws(InvalidInput) -> [String: [String]]? {
        guard !texts.isEmpty else { return nil }
        var filters: [String: [String]] = [:]
        for text in texts {
            let (key, value) = text.splitOnce("=")
            guard let value else {
                throw InvalidInput.argument(text, of: "-f, --filter", "invalid filter: it must be a key=value pair")
            }
            filters[key.trimmed().lowercased(), default: []].append(value.trimmed())
        }
        return filters
    }
}
