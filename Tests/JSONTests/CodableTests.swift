import JSON
import Testing

/// A type with every kind of member, there and back.
@Suite struct RoundTripTests {
    enum State: String, Codable { case created, running }

    struct Inner: Codable, Equatable {
        var name: String
        var size: UInt32?
    }

    struct Everything: Codable, Equatable {
        var text = "a\u{0}é😀\"\\"
        var flag = true
        var int = Int.min
        var int8 = Int8.min
        var int16 = Int16.max
        var int32 = Int32.min
        var int64 = Int64.max
        var uint = UInt(7)
        var uint8 = UInt8.max
        var uint16 = UInt16.max
        var uint32 = UInt32.max
        var uint64 = UInt64(Int64.max)
        var double = 0.1
        var float = Float(1.5)
        var state = State.running
        var inner = Inner(name: "x", size: nil)
        var list = [Inner(name: "a", size: 1), Inner(name: "b", size: nil)]
        var strings = ["", "a"]
        var numbers: [UInt16] = [1, 2]
        var matrix = [[1], [], [2, 3]]
        var map = ["k": "v", "": ""]
        var nested = ["a": ["b": [Inner(name: "deep", size: 3)]]]
        var byNumber = [1: "one", -2: "two"]
        var byState: [State: Int] = [.created: 1]
        var holes: [Int?] = [1, nil, 3]
        var set: Set<String> = ["only"]
        var present: Int? = 5
        var absent: Int?
        var presentText: String? = "t"
        var anything: JSON = ["free": [1, nil]]
        var maybe: JSON?
    }

    @Test func everyKindOfMember() throws {
        let value = Everything()
        let json = try JSON(encoding: value)
        #expect(try json.decode(Everything.self) == value)
        #expect(try JSON(parsing: json.serialized()).decode(Everything.self) == value)
        #expect(json["absent"] == nil && json["maybe"] == nil && json["present"] == 5)
        #expect(try #require(json.object).prefix(3).map(\.key) == ["text", "flag", "int"])
        #expect(json["byNumber"]?["1"] == "one")
        #expect(json["holes"] == [1, nil, 3])
    }

    @Test func topValues() throws {
        #expect(try JSON(encoding: 5) == 5)
        #expect(try JSON(encoding: "x") == "x")
        #expect(try JSON(encoding: nil as Int?) == .null)
        #expect(try JSON(encoding: [String]()) == [])
        #expect(try JSON(encoding: [String: Int]()) == [:])
        #expect(try JSON(parsing: "null").decode(Int?.self) == nil)
        #expect(try JSON(parsing: "[3.0, 3]").decode([Int].self) == [3, 3])
        #expect(try JSON(parsing: "[1]").decode([Double].self) == [1])
    }

    struct Envelope: Codable {
        var id: JSON?
        var params: JSON?
    }

    @Test func passesJSONThrough() throws {
        let json = try JSON(parsing: #"{"id":null,"params":{"z":1,"a":[true,1.0]}}"#)
        let envelope = try json.decode(Envelope.self)
        #expect(envelope.id == nil)
        #expect(envelope.params?.description == #"{"z":1,"a":[true,1.0]}"#)
        #expect(try JSON(encoding: Envelope(id: .null, params: envelope.params)) == json)
        #expect(try json.decode(JSON.self) == json)
        #expect(try JSON(encoding: json) == json)
        #expect(try JSON(encoding: ["k": [json]])["k"]?[0] == json)
    }

    class Base: Codable {
        var one = 1
    }

    final class Derived: Base {
        var two = 2

        enum Keys: String, CodingKey { case two }

        override init() { super.init() }

        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            two = try container.decode(Int.self, forKey: .two)
            try super.init(from: container.superDecoder())
        }

        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            try container.encode(two, forKey: .two)
            try super.encode(to: container.superEncoder())
        }
    }

    @Test func superclasses() throws {
        let json = try JSON(encoding: Derived())
        #expect(json == ["two": 2, "super": ["one": 1]])
        let changed = json.setting("super", to: ["one": 7])
        #expect(try changed.decode(Derived.self).one == 7)
    }

    enum Choice: Codable, Equatable {
        case none
        case one(Int)
        case named(x: String, y: [Int])
    }

    @Test func enumsWithPayloads() throws {
        let values: [Choice] = [.none, .one(1), .named(x: "a", y: [2])]
        let json = try JSON(encoding: values)
        #expect(json == [["none": [:]], ["one": ["_0": 1]], ["named": ["x": "a", "y": [2]]]])
        #expect(try json.decode([Choice].self) == values)
        #expect(throws: JSONError.self) { try JSON(parsing: #"{"one":{"_0":1},"none":{}}"#).decode(Choice.self) }
    }
}

/// Containers used by hand.
@Suite struct ContainerTests {
    private enum Keys: String, CodingKey { case a, b, list, object }

    struct Writer: Encodable {
        let write: @Sendable (any Encoder) throws -> Void

        func encode(to encoder: any Encoder) throws { try write(encoder) }
    }

    @Test func nestedContainers() throws {
        let json = try JSON(
            encoding: Writer { encoder in
                var container = encoder.container(keyedBy: Keys.self)
                var object = container.nestedContainer(keyedBy: Keys.self, forKey: .object)
                var list = container.nestedUnkeyedContainer(forKey: .list)
                try list.encode(1)
                var late = list.nestedUnkeyedContainer()
                var keyed = list.nestedContainer(keyedBy: Keys.self)
                try list.encodeNil()
                try late.encode("late")
                try keyed.encode(2.5, forKey: .a)
                try "super".encode(to: list.superEncoder())
                try object.encodeNil(forKey: .b)
                _ = container.nestedContainer(keyedBy: Keys.self, forKey: .a)
            })
        #expect(json.description == #"{"object":{"b":null},"list":[1,["late"],{"a":2.5},null,"super"],"a":{}}"#)
    }

    /// What was built so far is kept, and the passed JSON stays as it was.
    @Test func membersBesideASharedValue() throws {
        let shared: JSON = ["a": 1]
        let json = try JSON(
            encoding: Writer { encoder in
                try shared.encode(to: encoder)
                var container = encoder.container(keyedBy: Keys.self)
                try container.encode(2, forKey: .b)
            })
        #expect(json == ["a": 1, "b": 2])
        #expect(shared == ["a": 1])
    }

    @Test func nothingEncodedIsAnEmptyObject() throws {
        #expect(try JSON(encoding: Writer { _ in }) == [:])
        #expect(try JSON(encoding: [Writer { _ in }]) == [[:]])
    }

    struct Reader: Decodable {
        let read: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            var read = container.allKeys.map(\.rawValue)
            read.append("\(container.contains(.a)) \(container.contains(.b))")
            #expect(list.count == 4)
            read.append("\(try list.decodeNil())")
            if (try? list.decode(Int.self)) == nil { read.append(try list.decode(String.self)) }
            read.append("\(try list.decodeNil())")
            var inner = try list.nestedUnkeyedContainer()
            read.append("\(try inner.decode(Bool.self)) \(inner.isAtEnd)")
            let object = try list.nestedContainer(keyedBy: Keys.self)
            read.append(try object.decode(String.self, forKey: .a))
            read.append("\(list.currentIndex) \(list.isAtEnd)")
            #expect(throws: JSONError.self) { try list.decode(Int.self) }
            self.read = read
        }
    }

    @Test func readsStepByStep() throws {
        let json: JSON = ["list": ["text", nil, [true], ["a": "x"]], "unknown": 1, "b": nil]
        let expected = ["list", "b", "false true", "false", "text", "true", "true true", "x", "4 true"]
        #expect(try json.decode(Reader.self).read == expected)
    }
}
