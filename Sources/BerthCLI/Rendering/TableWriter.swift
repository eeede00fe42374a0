/// Lines whose cells, separated by tabs, stand in columns: at least 10 characters wide unless said, 3 spaces between them. The last
/// cell of a line is not padded and does not count for its column's width.
public struct TableWriter {
    private static let padding = 3

    private let minimumWidth: Int
    private var lines: [[String]] = []

    public init(minimumWidth: Int = 10) { self.minimumWidth = minimumWidth }

    /// Adds a line, or several.
    public mutating func add(_ text: String) {
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            lines.append(line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init))
        }
    }

    public mutating func add(_ cells: [String]) { lines.append(cells) }

    public func render() -> String {
        var widths: [Int] = []
        for line in lines {
            for (index, cell) in line.dropLast().enumerated() {
                if index == widths.count { widths.append(minimumWidth) }
                widths[index] = max(widths[index], Self.width(cell) + Self.padding)
            }
        }
        var text = ""
        for line in lines {
            for (index, cell) in line.dropLast().enumerated() {
                text += cell + String(repeating: " ", count: widths[index] - Self.width(cell))
            }
            text += (line.last ?? "") + "\n"
        }
        return text
    }

    private static func width(_ cell: String) -> Int { cell.unicodeScalars.count }
}
