import ArgumentParser
import BerthAPI
import Engine
import JSONRPC
import LinuxSystem
import Logging
import Supervisor

/// The supervisor's process.
struct Daemon: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "berthd", abstract: "The Berth container engine's daemon.", version: Engine.version)

    @Option(help: ArgumentHelp("Configuration file.", valueName: "path"))
    var config: String?
    @Option(help: ArgumentHelp("Data root, kept over reboots (default: /var/lib/berth).", valueName: "path"))
    var root: String?
    @Option(
        name: .customLong("run"), help: ArgumentHelp("State of this boot (default: /run/berth).", valueName: "path"))
    var runFolder: String?
    @Option(help: ArgumentHelp("API socket (default: berth.sock in the run folder).", valueName: "path"))
    var socket: String?
    @Option(help: "Least severe level that is logged: trace, debug, info, notice, warning, error.")
    var logLevel: String?
    @Flag(help: "Check the configuration and end.")
    var check = false

    func run() throws {
        let settings = try Settings(config: config, root: root, run: runFolder, socket: socket, logLevel: logLevel)
        if check { return print("berthd \(Engine.version): the configuration is valid") }
        LoggingSystem.bootstrap { StreamLogHandler.standardError(label: $0) }
        var logger = Logger(label: "berthd")
        logger.logLevel = settings.logLevel
        try DaemonProcess(settings, logger: logger).run()
    }
}
