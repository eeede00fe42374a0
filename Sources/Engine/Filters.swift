import BerthAPI

// docker's filters: the values of one key are alternatives, except for labels, all of which must match.

/// Whether one of the values matches; a key that was not given matches everything.
func matches(_ values: [String]?, _ predicate: (String) -> Bool) -> Bool {
    guard let values, !values.isEmpty else { return true }
    return values.contains(where: predicate)
}

/// `key` or `key=value`.
func labelMatches(_ labels: [String: String], _ filter: String) -> Bool {
    guard let equals = filter.firstIndex(of: "=") else { return labels[filter] != nil }
    return labels[String(filter[..<equals])] == String(filter[filter.index(after: equals)...])
}

func isTrue(_ text: String) -> Bool { ["1", "t", "true", "True", "TRUE"].contains(text) }

func invalidFilter(_ key: String) -> BerthError { BerthError(.invalidArgument, "invalid filter '\(key)'") }
