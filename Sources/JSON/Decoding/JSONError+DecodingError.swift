extension JSONError {
    /// The error that a type's own decoding code threw while a `T` was made from what `decoder` holds.
    init<T>(_ error: DecodingError, decoding type: T.Type, from decoder: ValueDecoder) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .missing(Path(keys: context.codingPath), key: key.stringValue)
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            self = .invalidValue(Path(keys: context.codingPath), context.debugDescription)
        case .dataCorrupted(let context):
            let reason = Self.allowedValues(T.self).map { "\(JSON(sharing: decoder.node)) is not one of \($0)" }
            self = .invalidValue(Path(keys: context.codingPath), reason ?? context.debugDescription)
        @unknown default:
            self = .invalidValue(decoder.path(.here), "\(error)")
        }
    }

    /// The raw values of an enum, when `type` is one that can list them.
    private static func allowedValues(_ type: Any.Type) -> String? {
        func list<E: CaseIterable & RawRepresentable>(_ type: E.Type) -> String {
            E.allCases.map { "\($0.rawValue)" }.joined(separator: ", ")
        }
        return (type as? any (CaseIterable & RawRepresentable).Type).map { list($0) }
    }
}
