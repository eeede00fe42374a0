import JSON

/// What ties a response to its request: a number without fraction or a string.
public enum RequestID: Hashable, Sendable, CustomStringConvertible {
    case number(Int64)
    case string(String)

    /// nil for what may not be an id; `null` among it.
    init?(_ json: JSON) {
        if let number = json.int {
            self = .number(number)
        } else if let string = json.string {
            self = .string(string)
        } else {
            return nil
        }
    }

    public var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .string(let string): string
        }
    }
}
