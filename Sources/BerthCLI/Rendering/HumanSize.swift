/// Bytes for people.
public enum HumanSize {
    private static let decimalUnits = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
    private static let binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    /// Powers of 1000, three significant digits: `4.43MB`.
    public static func decimal(_ bytes: Int64, digits: Int = 3) -> String {
        format(Double(bytes), base: 1000, digits, decimalUnits)
    }

    /// Powers of 1024, four significant digits: `7.711GiB`.
    public static func binary(_ bytes: Int64, digits: Int = 4) -> String {
        format(Double(bytes), base: 1024, digits, binaryUnits)
    }

    private static func format(_ bytes: Double, base: Double, _ digits: Int, _ units: [String]) -> String {
        var (value, unit) = (bytes, 0)
        while value >= base, unit + 1 < units.count {
            value /= base
            unit += 1
        }
        // 999.6 kB has four digits once it is rounded to three: it is 1 MB.
        if digits == 3, value.rounded() >= base, unit + 1 < units.count { (value, unit) = (1, unit + 1) }
        return significant(value, digits) + units[unit]
    }

    /// At most `digits` significant digits, without zeros at the end (%g of printf(3)).
    static func significant(_ value: Double, _ digits: Int) -> String {
        let magnitude = value.magnitude
        var decimals = digits
        var limit = 1.0
        while decimals > 0, magnitude >= limit {
            decimals -= 1
            limit *= 10
        }
        if magnitude < 1 { decimals = max(0, digits - 1) }
        return fixed(value, decimals: decimals, trimming: true)
    }

    /// A fixed number of decimals, rounded to nearest.
    static func fixed(_ value: Double, decimals: Int, trimming: Bool = false) -> String {
        let scale = (0..<decimals).reduce(1.0) { product, _ in product * 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 9e18 else { return String(value) }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let (whole, part) = Int64(scaled).quotientAndRemainder(dividingBy: Int64(scale))
        guard decimals > 0 else { return "\(sign)\(whole)" }
        var fraction = String(part)
        fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
        if trimming { while fraction.hasSuffix("0") { fraction.removeLast() } }
        return fraction.isEmpty ? "\(sign)\(whole)" : "\(sign)\(whole).\(fraction)"
    }
}
