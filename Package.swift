// swift-tools-version: 6.2
import PackageDescription

// One table of targets, one loop that gives all of them the same settings.
// Linkage is chosen from measurements (Docs/decisions/0001-linkage.md): executables whose C libraries exist
// as archives are fully static; the others carry the Swift library only.

enum Linkage: String {
    case fullyStatic = "-static-executable"
    case staticSwift = "-static-stdlib"

    /// ArgumentParser's own import of FoundationEssentials does not name the archives that this one needs.
    var libraries: [String] { self == .fullyStatic ? ["_FoundationCShims", "_FoundationCollections"] : [] }
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let tomlKit = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")

func systemLibrary(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)", pkgConfig: pkgConfig, providers: [.apt([package])])
}

func executable(
    _ name: String, path: String, _ linkage: Linkage, exclude: [String] = [], _ dependencies: [Target.Dependency],
    libraries: [String] = []
) -> Target {
    .executableTarget(
        name: name, dependencies: dependencies, path: path, exclude: exclude,
        linkerSettings: [.unsafeFlags([linkage.rawValue])]
            + (linkage.libraries + libraries).map { .linkedLibrary($0) })
}

func plugin(_ name: String, _ folder: String, _ linkage: Linkage, _ dependencies: [Target.Dependency]) -> Target {
    executable(
        name, path: "Plugins/\(folder)", linkage, exclude: ["plugin.json"], ["PluginKit", "BerthAPI"] + dependencies)
}

let systemLibraries: [Target] = [
    systemLibrary("CJansson", "jansson", "libjansson-dev"),
    systemLibrary("CSeccomp", "libseccomp", "libseccomp-dev"),
    systemLibrary("CCap", "libcap", "libcap-dev"),
    // Without pkg-config: Archive links the archive, since the shared library brings ICU and libxml2 along.
    .systemLibrary(name: "CArchive", path: "Sources/System/CArchive", providers: [.apt(["libarchive-dev"])]),
    systemLibrary("CZlib", "zlib", "zlib1g-dev"),
    .systemLibrary(name: "CBzip2", path: "Sources/System/CBzip2", providers: [.apt(["libbz2-dev"])]),
    systemLibrary("CLzma", "liblzma", "liblzma-dev"),
    systemLibrary("CISAL", "libisal", "libisal-dev"),
    systemLibrary("CZstd", "libzstd", "libzstd-dev"),
    systemLibrary("CCrypto", "libcrypto", "libssl-dev"),
    systemLibrary("CSQLite", "sqlite3", "libsqlite3-dev"),
    systemLibrary("CCurl", "libcurl", "libcurl4-openssl-dev"),
    systemLibrary("CNftables", "libnftables", "libnftables-dev"),
]

let libraries: [Target] = [
    .target(name: "CLinux"),
    .target(name: "LinuxSystem", dependencies: ["CLinux"]),
    // Rounding a Double calls libm, which otherwise comes only with an import of Glibc.
    .target(name: "JSON", dependencies: ["CJansson"], linkerSettings: [.linkedLibrary("m")]),
    .target(name: "JSONRPC", dependencies: ["JSON", "LinuxSystem"]),
    .target(name: "OCISpec", dependencies: ["JSON"]),
    .target(name: "BerthAPI", dependencies: ["OCISpec", "JSONRPC"]),
    .target(name: "PluginKit", dependencies: ["JSON", "JSONRPC", "BerthAPI", "LinuxSystem", "OCISpec"]),
    // Linked into tests only.
    .target(name: "ProtocolReference", dependencies: ["JSON", "JSONRPC", "BerthAPI"]),
    .target(name: "TestSupport", dependencies: ["LinuxSystem"], path: "Tests/Support"),
    .target(name: "Confinement", dependencies: ["JSON", "BerthAPI", "LinuxSystem", "SeccompFilter"]),
    .target(
        name: "PluginConformance",
        dependencies: ["Confinement", "JSON", "JSONRPC", "BerthAPI", "OCISpec", "Hashing", "LinuxSystem"]),
    .target(name: "ContainerRuntime", dependencies: ["LinuxSystem", "OCISpec", "JSON", "CCap"]),
    .target(name: "ShimStreams", dependencies: ["LinuxSystem"]),
    .target(name: "SeccompFilter", dependencies: ["LinuxSystem", "OCISpec", "CSeccomp"]),
    .target(
        name: "Archive", dependencies: ["LinuxSystem", "CArchive"],
        linkerSettings: [.unsafeFlags(["-l:libarchive.a"])]),
    .target(
        name: "Decompression", dependencies: ["Archive", "LinuxSystem", "CZlib", "CBzip2", "CLzma", "CZstd"]),
    .target(name: "Layers", dependencies: ["Archive", "LinuxSystem", "OCISpec", "Hashing", "CISAL", "CZstd"]),
    .target(name: "Hashing", dependencies: ["LinuxSystem", "OCISpec", "CCrypto"]),
    .target(name: "ContentStore", dependencies: ["JSON", "LinuxSystem", "OCISpec", "Hashing", "BerthAPI"]),
    .target(name: "MetadataStore", dependencies: ["BerthAPI", "JSON", "LinuxSystem", "CSQLite"]),
    .target(
        name: "Supervisor",
        dependencies: ["Confinement", "JSON", "JSONRPC", "BerthAPI", "LinuxSystem", "OCISpec", "Hashing", logging]),
    .target(
        name: "Engine",
        dependencies: [
            "BerthAPI", "Supervisor", "ContentStore", "MetadataStore", "LinuxSystem", "SeccompFilter", logging,
        ]),
    .target(
        name: "BridgeNetworking", dependencies: ["PluginKit", "BerthAPI", "JSON", "LinuxSystem", "CNftables"],
        path: "Plugins/Network/Bridge/Networking"),
    .target(
        name: "DistributionClient",
        dependencies: ["PluginKit", "BerthAPI", "JSON", "LinuxSystem", "OCISpec", "Hashing", "CCurl"],
        path: "Plugins/Registry/Distribution/Client"),
    .target(name: "BerthClient", dependencies: ["JSON", "JSONRPC", "BerthAPI", "LinuxSystem"]),
    .target(
        name: "BerthCLI",
        dependencies: [
            "Archive", "BerthClient", "BerthAPI", "JSONRPC", "JSON", "OCISpec", "LinuxSystem", argumentParser,
        ]),
]

let executables: [Target] = [
    executable(
        "berthd", path: "Sources/berthd", .fullyStatic, exclude: ["berth.service.in"],
        ["Engine", "Supervisor", "Confinement", argumentParser, logging, tomlKit]),
    executable("berth", path: "Sources/berth", .fullyStatic, ["BerthCLI"]),
    executable(
        "berth-shim", path: "Sources/berth-shim", .fullyStatic,
        ["ShimStreams", "ContainerRuntime", "JSONRPC", "JSON", "OCISpec", "BerthAPI", "LinuxSystem"]),
    executable(
        "berth-confine", path: "Sources/berth-confine", .fullyStatic, ["ContainerRuntime", "LinuxSystem"]),
    executable(
        "berth-files", path: "Sources/berth-files", .fullyStatic,
        [
            "Archive", "Decompression", "Hashing", "CZlib", "ContainerRuntime", "BerthAPI", "JSON", "LinuxSystem",
            "OCISpec",
        ]),
    executable(
        "berth-runtime", path: "Sources/berth-runtime", .fullyStatic,
        ["ContainerRuntime", "SeccompFilter", "JSON", "LinuxSystem", "OCISpec"]),
    executable(
        "berth-conformance", path: "Sources/berth-conformance", .fullyStatic,
        ["PluginConformance", "Confinement", "BerthAPI", "JSON", "LinuxSystem", argumentParser]),
]

let plugins: [Target] = [
    plugin(
        "berth-overlay", "Snapshotter/Overlay", .staticSwift, ["JSON", "LinuxSystem", "Archive", "Layers", "OCISpec"]),
    executable(
        "berth-bridge", path: "Plugins/Network/Bridge", .staticSwift, exclude: ["plugin.json", "Networking"],
        ["BridgeNetworking", "PluginKit", "BerthAPI"]),
    plugin("berth-none", "Network/None", .fullyStatic, ["LinuxSystem"]),
    plugin("berth-host", "Network/Host", .fullyStatic, ["LinuxSystem"]),
    plugin("berth-json-file", "Log/JSONFile", .fullyStatic, ["JSON", "LinuxSystem"]),
    plugin("berth-local", "Volume/Local", .fullyStatic, ["JSON", "LinuxSystem"]),
    executable(
        "berth-distribution", path: "Plugins/Registry/Distribution", .staticSwift, exclude: ["plugin.json", "Client"],
        ["DistributionClient", "PluginKit", "BerthAPI"]),
    plugin("berth-layout", "Registry/Layout", .fullyStatic, ["JSON", "LinuxSystem", "OCISpec", "Hashing"]),
]

let tests: [Target] = [
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "JSONRPCTests", dependencies: ["JSONRPC", "JSON", "LinuxSystem"]),
    .testTarget(name: "LinuxSystemTests", dependencies: ["LinuxSystem"]),
    .testTarget(
        name: "LayersTests",
        dependencies: [
            "Archive", "Decompression", "Layers", "LinuxSystem", "OCISpec", "Hashing", "PluginConformance",
        ]),
    .testTarget(
        name: "ConformanceTests",
        dependencies: ["PluginConformance", "Confinement", "BerthAPI", "JSON", "LinuxSystem"]),
    .testTarget(
        name: "OverlayTests", dependencies: ["PluginConformance", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem"]),
    .testTarget(
        name: "PluginKitTests", dependencies: ["PluginKit", "BerthAPI", "JSONRPC", "JSON", "LinuxSystem"]),
    .testTarget(
        name: "LogTests",
        dependencies: ["PluginConformance", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem"]),
    .testTarget(
        name: "VolumeTests",
        dependencies: ["PluginConformance", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem"]),
    .testTarget(
        name: "NetworkTests", dependencies: ["BridgeNetworking", "BerthAPI", "JSONRPC", "JSON", "LinuxSystem"]),
    .testTarget(
        name: "SupervisorTests",
        dependencies: ["Supervisor", "Confinement", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem", logging]),
    .testTarget(
        name: "SDKTests",
        dependencies: [
            "PluginConformance", "Confinement", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem", "TestSupport",
        ]),
    .testTarget(
        name: "ProtocolTests",
        dependencies: [
            "ProtocolReference", "Engine", "MetadataStore", "Supervisor", "PluginConformance", "BerthAPI", "JSON",
            "JSONRPC", "LinuxSystem", logging,
        ]),
    .testTarget(name: "MetadataStoreTests", dependencies: ["MetadataStore", "BerthAPI", "LinuxSystem"]),
    .testTarget(name: "OCISpecTests", dependencies: ["OCISpec"]),
    .testTarget(
        name: "ImageTests",
        dependencies: [
            "Engine", "Supervisor", "MetadataStore", "ContentStore", "PluginConformance", "BerthAPI", "Hashing", "JSON",
            "JSONRPC", "LinuxSystem", "OCISpec", logging,
        ]),
    .testTarget(
        name: "EngineTests",
        dependencies: [
            "Engine", "MetadataStore", "Supervisor", "SeccompFilter", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem",
            "OCISpec",
        ]),
    .testTarget(
        name: "RegistryTests",
        dependencies: [
            "PluginConformance", "DistributionClient", "BerthAPI", "Hashing", "JSON", "JSONRPC", "LinuxSystem",
            "OCISpec",
        ]),
    .testTarget(name: "HashingTests", dependencies: ["Hashing", "LinuxSystem", "OCISpec"]),
    .testTarget(
        name: "ContentStoreTests",
        dependencies: ["ContentStore", "BerthAPI", "Hashing", "LinuxSystem", "OCISpec", "JSON"]),
    .testTarget(
        name: "ContainerRuntimeTests",
        dependencies: ["ContainerRuntime", "SeccompFilter", "JSON", "LinuxSystem", "OCISpec"]),
    .testTarget(
        name: "ShimTests",
        dependencies: ["ShimStreams", "JSONRPC", "JSON", "OCISpec", "BerthAPI", "LinuxSystem"]),
    .testTarget(
        name: "CLITests",
        dependencies: [
            "BerthCLI", "BerthClient", "BerthAPI", "JSONRPC", "JSON", "LinuxSystem", argumentParser,
        ]),
]

let integration: [Target] = [
    .testTarget(name: "IntegrationTests", dependencies: ["JSON", "LinuxSystem", "TestSupport"]),
    // Other engines with our runtime.
    .testTarget(name: "OtherEngineTests", dependencies: ["LinuxSystem"]),
]

let package = Package(
    name: "berth",
    products: (executables + plugins).map { .executable(name: $0.name, targets: [$0.name]) }
        // For plugins outside this tree.
        + [
            .library(name: "PluginKit", targets: ["PluginKit", "BerthAPI", "JSON", "JSONRPC", "LinuxSystem"]),
            .library(name: "Layers", targets: ["Layers", "Archive", "Hashing", "OCISpec"]),
        ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
    ],
    targets: systemLibraries + libraries + executables + plugins + tests + integration,
    swiftLanguageModes: [.v6]
)

for target in libraries + executables + plugins + tests + integration where target.name != "CLinux" {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}
