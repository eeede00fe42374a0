import JSON

/// `KEY=VALUE` words as a configuration: dots lead into objects, a value that is JSON is taken as such, any other is a
/// string.
struct PluginSettings {
    private(set) var configuration: JSON

    init(_ configuration: JSON = [:]) { self.configuration = configuration }

    mutating func apply(_ words: [String]) throws {
        for word in words {
            let (key, value) = word.splitOnce("=")
            guard let value, !key.isEmpty else {
                throw InvalidInput("invalid setting \"\(word)\": KEY=VALUE expected")
            }
            let parsed = (try? JSON(parsing: value)) ?? JSON(value)
            configuration = Self.setting(configuration, key.split(separator: ".").map(String.init)[...], parsed)
        }
    }

    mutating func remove(_ keys: [String]) {
        for key in keys {
            configuration = Self.setting(configuration, key.split(separator: ".").map(String.init)[...], nil)
        }
    }

    private static func setting(_ object: JSON, _ path: ArraySlice<String>, _ value: JSON?) -> JSON {
        guard let key = path.first else { return value ?? object }
        var members = (object.object ?? []).map { ($0.key, $0.value) }
        let place = members.firstIndex { $0.0 == key }
        let rest = path.dropFirst()
        let inner = rest.isEmpty ? value : setting(place.map { members[$0].1 } ?? [:], rest, value)
        switch (place, inner) {
        case (let place?, let inner?): members[place].1 = inner
        case (let place?, nil): members.remove(at: place)
        case (nil, let inner?): members.append((key, inner))
        case (nil, nil): break
        }
        return .object(members)
    }
}
