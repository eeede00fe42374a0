import JSON

/// The description of an API that `rpc.discover` answers (OpenRPC 1.2).
public enum OpenRPC {
    /// - Parameter methods: in the order in which they shall appear; `Router.methods`.
    public static func document(title: String, version: String, methods: [MethodDescription]) -> JSON {
        [
            "openrpc": "1.2.6",
            "info": ["title": JSON(title), "version": JSON(version)],
            "methods": .array(methods.map(method)),
        ]
    }

    private static func method(_ method: MethodDescription) -> JSON {
        [
            "name": JSON(method.name),
            "summary": JSON(method.summary),
            "paramStructure": "by-name",
            "params": .array(contentDescriptors(of: method.params)),
            "result": ["name": "result", "schema": method.result],
        ]
    }

    /// One content descriptor for each member of the parameters' schema.
    private static func contentDescriptors(of schema: JSON) -> [JSON] {
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        return (schema["properties"]?.object ?? []).map { name, member in
            var pairs: [(String, JSON)] = [("name", JSON(name))]
            if let description = member["description"] { pairs.append(("description", description)) }
            pairs.append(("required", JSON(required.contains(name))))
            pairs.append(("schema", member))
            return .object(pairs)
        }
    }
}
