import JSON
import LinuxSystem

/// A method, declared once: the type itself is its parameters (passed by name), and names its result.
public protocol Method: Codable, Sendable {
    /// As it stands on the wire: `container.create`.
    static var name: String { get }
    /// What it does, in one line, for people.
    static var summary: String { get }
    associatedtype Result: Codable & Sendable
}

/// A message that is not answered; the type itself is its parameters.
public protocol Notification: Codable, Sendable {
    static var name: String { get }
}

/// The result of a method that has nothing to say.
public struct Empty: Codable, Hashable, Sendable, SchemaDescribing {
    public static let jsonSchema: JSON = ["type": "object"]

    public init() {}
}

/// An answer with the descriptors that came beside it.
public struct Reply<Value: Sendable>: Sendable {
    public var result: Value
    public var descriptors: [SharedDescriptor]

    public init(result: Value, descriptors: [SharedDescriptor] = []) {
        self.result = result
        self.descriptors = descriptors
    }
}
