import JSON
import Testing

@Suite struct SchemaTests {
    struct Port: Codable { var container: UInt16, host: UInt16? }

    struct Spec: Codable {
        var image: String
        var memory: Int64?
        var env: [String]
        var labels: [String: String]?
        var ports: [Port]
        var main: Port
        var state: State
        var mode: Mode?
        var cpus: Double?
        var anything: JSON?
    }

    enum State: String, Codable, CaseIterable { case created, running }
    enum Mode: String, Codable, CaseIterable, SchemaDescribing { case ro, rw }

    @Test func derivesStructures() throws {
        let schema = JSON.schema(of: Spec.self)
        let port: JSON = [
            "title": "SchemaTests.Port",
            "type": "object",
            "properties": [
                "container": ["type": "integer", "minimum": 0], "host": ["type": "integer", "minimum": 0],
            ],
            "required": ["container"],
        ]
        let expected: JSON = [
            "title": "SchemaTests.Spec",
            "type": "object",
            "properties": [
                "image": ["type": "string"],
                "memory": ["type": "integer"],
                "env": ["type": "array", "items": ["type": "string"]],
                "labels": ["type": "object", "additionalProperties": ["type": "string"]],
                "ports": ["type": "array", "items": port],
                "main": port,
                "state": ["type": "string", "enum": ["created", "running"]],
                "mode": ["type": "string", "enum": ["ro", "rw"]],
                "cpus": ["type": "number"],
                "anything": [:],
            ],
            "required": ["image", "env", "ports", "main", "state"],
        ]
        #expect(schema == expected)
        let names = try #require(schema["properties"]?.object).map(\.key)
        #expect(names == ["image", "memory", "env", "labels", "ports", "main", "state", "mode", "cpus", "anything"])
    }

    struct Branch: Codable {
        var name: String
        var children: [Branch]
    }

    @Test func cutsRecursion() {
        let schema = JSON.schema(of: Branch.self)
        #expect(schema["properties"]?["children"] == ["type": "array", "items": ["title": "SchemaTests.Branch"]])
        #expect(schema["required"] == ["name", "children"])
        #expect(schema["$comment"] == nil)
    }

    /// Refuses the empty string that the probe would offer by itself.
    struct Digest: Codable, SchemaDescribing {
        let text: String
        static let jsonSchema: JSON = ["type": "string", "pattern": "^sha256:", "examples": ["sha256:00"]]

        init(from decoder: any Decoder) throws {
            text = try decoder.singleValueContainer().decode(String.self)
            guard text.hasPrefix("sha256:") else {
                let context = DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no digest")
                throw DecodingError.dataCorrupted(context)
            }
        }
    }

    struct Descriptor: Codable {
        var digest: Digest
        var size: Int64
    }

    @Test func statedSchemasSupplySamples() {
        let schema = JSON.schema(of: Descriptor.self)
        #expect(schema["properties"]?["digest"] == Digest.jsonSchema)
        #expect(schema["properties"]?["size"] == ["type": "integer"])
        #expect(schema["$comment"] == nil)
    }

    enum Undescribed: String, Codable { case one }

    struct Stubborn: Codable {
        var before: Int
        var choice: Undescribed
        var after: Int
    }

    @Test func saysWhatItCouldNotLearn() throws {
        let schema = JSON.schema(of: Stubborn.self)
        #expect(schema["properties"]?["before"] == ["type": "integer"])
        #expect(schema["properties"]?["after"] == nil)
        let comment = try #require(schema["$comment"]?.string)
        #expect(comment.hasPrefix("incomplete: "))
        #expect(comment.contains("Undescribed"))
    }

    struct Custom: Decodable {
        enum Keys: String, CodingKey { case outer, list, kind }
        enum Inner: String, CodingKey { case value }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            _ = try container.nestedContainer(keyedBy: Inner.self, forKey: .outer).decode(Int.self, forKey: .value)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            while !list.isAtEnd { _ = try list.decode(Bool.self) }
            _ = try container.decodeIfPresent(String.self, forKey: .kind)
        }
    }

    @Test func followsNestedContainers() {
        let expected: JSON = [
            "title": "SchemaTests.Custom",
            "type": "object",
            "properties": [
                "outer": ["type": "object", "properties": ["value": ["type": "integer"]], "required": ["value"]],
                "list": ["type": "array", "items": ["type": "boolean"]],
                "kind": ["type": "string"],
            ],
            "required": ["outer", "list"],
        ]
        #expect(JSON.schema(of: Custom.self) == expected)
    }
}
