extension JSON: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
    public init(nilLiteral: ()) { self = .null }

    public init(booleanLiteral value: Bool) { self.init(value) }

    public init(integerLiteral value: Int64) { self.init(value) }

    /// A literal that is not finite becomes `null`.
    public init(floatLiteral value: Double) { self.init(value) }

    public init(stringLiteral value: String) { self.init(value) }
}

extension JSON: ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }

    /// Keeps the members in their order; of equal keys the last one counts.
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
}

extension JSON {
    /// A boolean.
    public init(_ value: Bool) { self.init(adopting: Build.bool(value)) }

    /// An integer.
    public init(_ value: Int64) { self.init(adopting: Build.integer(value)) }

    /// An integer.
    public init(_ value: Int) { self.init(adopting: Build.integer(Int64(value))) }

    /// A number; `null` when `value` is not finite, which JSON cannot say.
    public init(_ value: Double) { self.init(adopting: Build.real(value) ?? Build.null()) }

    /// A string.
    public init(_ value: String) { self.init(adopting: Build.string(value)) }
}
