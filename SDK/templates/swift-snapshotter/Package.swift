// swift-tools-version: 6.2
import PackageDescription

// PluginKit and Layers come from Berth's sources: BERTH_SOURCE names their folder.
let source = Context.environment["BERTH_SOURCE"] ?? "../berth"
let identity = source.split(separator: "/").last.map(String.init) ?? "berth"

let package = Package(
    name: "skeleton",
    dependencies: [.package(path: source)],
    targets: [
        .executableTarget(
            name: "skeleton",
            dependencies: [
                .product(name: "PluginKit", package: identity), .product(name: "Layers", package: identity),
            ],
            path: "Sources")
    ],
    swiftLanguageModes: [.v6])
