import ArgumentParser
import BerthAPI
import BerthClient
import JSON

struct PluginInstallCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Install a plugin from a folder, an archive, a registry or a package",
        usage: "berth plugin install [OPTIONS] SOURCE [KEY=VALUE...]")
    static let syntax = FlagSyntax(values: "")

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Local name for the plugin", valueName: "name"))
    var alias: String?
    @Flag(help: "Do not enable the plugin on install")
    var disable = false
    @Flag(
        name: [.customLong("grant-all"), .customLong("grant-all-permissions")],
        help: "Grant all privileges necessary to run the plugin")
    var grantAll = false
    @Argument(help: ArgumentHelp("A path, the name of a package, or an image reference", valueName: "source"))
    var source: String
    @Argument(help: ArgumentHelp("Settings of the plugin's configuration", valueName: "key=value"))
    var settings: [String] = []

    func execute(_ context: CommandContext) throws {
        var configuration = PluginSettings()
        try configuration.apply(settings)
        let client = try context.client()
        let (source, found) = try PluginSourceArgument(text: source).resolve(client)
        let name = alias ?? found.manifest.name
        try PluginConsent(context: context, isGranted: grantAll).ask(found.manifest, name: name)
        let info = try client.call(
            PluginInstall(
                source: source, name: alias, granted: found.manifest.privileges,
                configuration: settings.isEmpty ? nil : configuration.configuration, disabled: disable ? true : nil))
        context.print(info.name)
        if let digest = info.digest { context.print("Digest: \(digest)") }
        context.print("Installed plugin \(info.name) \(info.version)")
    }
}

struct PluginUpgradeCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "upgrade", abstract: "Let another version of a plugin take over, without a failed call",
        usage: "berth plugin upgrade [OPTIONS] PLUGIN [SOURCE]")
    static let syntax = FlagSyntax(values: "")

    @Flag(
        name: [.customLong("grant-all"), .customLong("grant-all-permissions")],
        help: "Grant all privileges necessary to run the plugin")
    var grantAll = false
    @Argument(help: "The plugin's name")
    var plugin: String
    @Argument(help: ArgumentHelp("A path, a package or an image; what is on the search path unless said"))
    var source: String?

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        let current = try client.call(PluginInspect(name: plugin))
        let argument = PluginSourceArgument(text: source ?? current.package)
        let (source, found) = try argument.resolve(client)
        let known = found.manifest.privileges == current.manifest?.privileges
        try PluginConsent(context: context, isGranted: grantAll || known).ask(found.manifest, name: plugin)
        let request = PluginUpgrade(
            name: plugin, source: self.source == nil && current.digest == nil ? nil : source,
            granted: found.manifest.privileges)
        let info = try client.call(request)
        context.print("Upgraded plugin \(plugin) from \(current.version) to \(info.version)")
    }
}

struct PluginRollbackCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Go back to the version before the last upgrade",
        usage: "berth plugin rollback PLUGIN")

    @Argument(help: "The plugin's name")
    var plugin: String

    func execute(_ context: CommandContext) throws {
        let info = try context.client().call(PluginRollback(name: plugin))
        context.print("Plugin \(plugin) is back at \(info.version)")
    }
}

struct PluginPushCommand: BerthCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Send a plugin package to a registry, as an OCI artifact",
        usage: "berth plugin push [OPTIONS] SOURCE REFERENCE")
    static let syntax = FlagSyntax(values: "")

    @Option(parsing: .unconditional, help: ArgumentHelp("Registry plugin to push through", valueName: "plugin"))
    var registry: String?
    @Argument(help: ArgumentHelp("A folder, or an installed plugin's name", valueName: "source"))
    var source: String
    @Argument(help: "Where to: an image reference")
    var reference: String

    func execute(_ context: CommandContext) throws {
        let client = try context.client()
        let source = try PluginSourceArgument(text: source).resolve(client).source
        let result = try client.call(PluginPush(source: source, reference: reference, registry: registry))
        context.print("Digest: \(result.digest)")
        context.print("Package: \(result.package)")
    }
}
