import BerthAPI

/// docker's options of the local driver: what mount(8) would be given. Without any, a volume is a folder.
enum VolumeOptions {
    private static let known: Set<String> = ["type", "o", "device"]

    /// - Throws: `invalidArgument`.
    static func check(_ options: [String: String]) throws {
        for name in options.keys.sorted() where !known.contains(name) {
            throw BerthError(
                .invalidArgument, "unknown volume opt '\(name)' for local volume driver",
                hint: "it takes device, o, type")
        }
        guard !options.isEmpty else { return }
        for name in ["device", "type"] where (options[name] ?? "").isEmpty {
            throw BerthError(.invalidArgument, "the volume opt '\(name)' is missing: type and device go together")
        }
        if isBind(options), !options["device"]!.hasPrefix("/") {
            throw BerthError(.invalidArgument, "the volume's device '\(options["device"]!)' is not an absolute path")
        }
    }

    /// What is mounted in the container's namespace in the folder's place; nil for a folder.
    static func mount(_ options: [String: String]) -> Mount? {
        guard let device = options["device"], let type = options["type"] else { return nil }
        return Mount(type: isBind(options) ? "bind" : type, source: device, options: flags(options))
    }

    private static func isBind(_ options: [String: String]) -> Bool {
        options["type"] == "bind" || flags(options).contains { $0 == "bind" || $0 == "rbind" }
    }

    private static func flags(_ options: [String: String]) -> [String] {
        options["o"]?.split(separator: ",").map(String.init) ?? []
    }
}
