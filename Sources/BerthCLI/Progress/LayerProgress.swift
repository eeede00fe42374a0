import BerthAPI

/// One layer's line.
struct LayerProgress {
    private static let longestBar = 50
    private static let shortestBar = 10

    let object: String
    let phase: TransferProgress.Phase
    let current: Int64
    let total: Int64

    init(_ progress: TransferProgress) {
        object = progress.object
        phase = progress.phase
        current = progress.current
        total = progress.total
    }

    var isFinished: Bool { phase == .done || phase == .exists || phase == .pushed }

    private var id: String { ShortID.text(object) }

    /// For a screen of so many columns, cut to them.
    func text(columns: Int) -> String {
        let status = "\(id): \(phase.text)"
        guard phase.hasBar, total > 0 else { return String(status.prefix(columns)) }
        let numbers = "\(HumanSize.decimal(min(current, total), digits: 4))/\(HumanSize.decimal(total, digits: 4))"
        // "[", ">", "]" and three spaces.
        let room = min(Self.longestBar, columns - status.count - numbers.count - 7)
        guard room >= Self.shortestBar else { return String("\(status) \(numbers)".prefix(columns)) }
        let filled = Int(Int64(room) * min(current, total) / total)
        let bar = String(repeating: "=", count: filled) + ">" + String(repeating: " ", count: room - filled)
        return "\(status) [\(bar)]  \(numbers)"
    }

    /// Without a terminal: only steps, no bars.
    var plainText: String? {
        switch phase {
        case .downloading: "\(id): Pulling fs layer"
        case .uploading: "\(id): Pushing"
        case .resolving, .waiting, .verifying, .extracting: nil
        default: "\(id): \(phase.text)"
        }
    }
}

extension TransferProgress.Phase {
    var text: String {
        switch self {
        case .resolving: "Resolving"
        case .waiting: "Waiting"
        case .exists: "Already exists"
        case .downloading: "Downloading"
        case .verifying: "Verifying Checksum"
        case .downloaded: "Download complete"
        case .extracting: "Extracting"
        case .done: "Pull complete"
        case .uploading: "Pushing"
        case .pushed: "Pushed"
        }
    }

    var hasBar: Bool { self == .downloading || self == .extracting || self == .uploading }
}
