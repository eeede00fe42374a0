import JSON

/// A point in time: nanoseconds since 1970-01-01T00:00:00Z, written as RFC 3339 with nanoseconds on the wire.
public struct Timestamp: Hashable, Comparable, Sendable, Codable, CustomStringConvertible, SchemaDescribing {
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    public static let zero = Timestamp(nanoseconds: 0)
    public static var jsonSchema: JSON {
        ["type": "string", "format": "date-time", "examples": ["2026-11-23T10:00:00.000000000Z"]]
    }

    public static func < (a: Timestamp, b: Timestamp) -> Bool { a.nanoseconds < b.nanoseconds }

    /// RFC 3339 in UTC with nine decimals, as docker prints it.
    public var description: String {
        let (days, secondOfDay) = (nanoseconds / 1_000_000_000).flooredDivision(by: 86_400)
        let fraction = nanoseconds.flooredDivision(by: 1_000_000_000).remainder
        let (year, month, day) = Self.civil(fromDays: days)
        func pad(_ value: Int64, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))T"
            + "\(pad(secondOfDay / 3600, 2)):\(pad(secondOfDay / 60 % 60, 2)):\(pad(secondOfDay % 60, 2))"
            + ".\(pad(fraction, 9))Z"
    }

    /// Parses RFC 3339 (section 5.6): `2026-11-23T10:00:00.5+02:00`. A date alone is midnight UTC.
    public init?(_ text: String) {
        var text = text
        let value = text.withUTF8 { Timestamp(ascii: UnsafeRawBufferPointer($0)) }
        guard let value else { return nil }
        self = value
    }

    /// The same, from bytes: for readers of many lines.
    public init?(ascii bytes: UnsafeRawBufferPointer) {
        var parser = TimestampParser(bytes)
        guard let value = parser.parse() else { return nil }
        self.init(nanoseconds: value)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Timestamp(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time: \(text)")
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    // Days to a date of the proleptic Gregorian calendar, counted in eras of 400 years that begin on 1 March.
    static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (q, r) = quotientAndRemainder(dividingBy: divisor)
        return r < 0 ? (q - 1, r + divisor) : (q, r)
    }
}

private struct TimestampParser {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func parse() -> Int64? {
        guard let year = digits(4), eat("-"), let month = digits(2), eat("-"), let day = digits(2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds = Timestamp.days(fromCivil: year, month, day) * 86_400
        var fraction: Int64 = 0
        if position < bytes.count {
            guard eat("T") || eat("t") || eat(" "), let hour = digits(2), eat(":"), let minute = digits(2),
                hour < 24, minute < 60
            else { return nil }
            seconds += hour * 3600 + minute * 60
            if eat(":") {
                guard let second = digits(2), second <= 60 else { return nil }
                seconds += second
                if eat(".") {
                    guard let value = decimals() else { return nil }
                    fraction = value
                }
            }
            guard let offset = zone() else { return nil }
            seconds -= offset
        }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return position == bytes.count && !overflow ? scaled + fraction : nil
    }

    private mutating func zone() -> Int64? {
        if position == bytes.count || eat("Z") || eat("z") { return 0 }
        let sign: Int64
        if eat("+") { sign = 1 } else if eat("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), eat(":"), let minutes = digits(2) else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func decimals() -> Int64? {
        var value: Int64 = 0
        var count = 0
        while position < bytes.count, let digit = bytes[position].decimalDigit {
            if count < 9 { value = value * 10 + digit }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, 9)..<9 { value *= 10 }
        return value
    }

    private mutating func digits(_ count: Int) -> Int64? {
        guard position + count <= bytes.count else { return nil }
        var value: Int64 = 0
        for index in position..<position + count {
            guard let digit = bytes[index].decimalDigit else { return nil }
            value = value * 10 + digit
        }
        position += count
        return value
    }

    private mutating func eat(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}

extension UInt8 {
    fileprivate var decimalDigit: Int64? { (48...57).contains(self) ? Int64(self - 48) : nil }
}
