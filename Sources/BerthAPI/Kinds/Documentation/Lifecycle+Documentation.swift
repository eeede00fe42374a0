import JSON
import JSONRPC

// What each member of the kind's messages means, for `rpc.discover` and Docs/protocol.

extension PeerIdentity: SchemaDocumented {
    public static let fieldDocs = [
        "name": "the program's name",
        "version": "its version: 1.2.3",
    ]
}

extension ProtocolRange: SchemaDocumented {
    public static let fieldDocs = [
        "minimum": "the lowest version that it speaks",
        "maximum": "the highest version that it speaks",
    ]
}

extension PluginInitialize: SchemaDocumented {
    public static let fieldDocs = [
        "instance": "the instance's logical name",
        "supervisor": "who calls",
        "protocolRange": "the versions that the supervisor speaks",
        "configuration": "checked against the manifest's schema",
        "stateDirectory": "absolute; the plugin's alone, mode 0700, kept over restarts",
        "runDirectory": "absolute; the plugin's alone, emptied at boot",
    ]
}

extension PluginInitialize.Result: SchemaDocumented {
    public static let fieldDocs = [
        "plugin": "who answers",
        "protocolVersion": "the highest version that both speak",
        "kinds": "the kinds that it serves: at least those of its manifest",
        "capabilities": "optional abilities of its kinds, by name: rebase, hostNamespace, push, …",
        "stateVersion": "version of the format of its state directory",
    ]
}

extension PluginConfigure: SchemaDocumented {
    public static let fieldDocs = [
        "configuration": "the whole configuration, checked against the manifest's schema"
    ]
}

extension PluginStats.Result: SchemaDocumented {
    public static let fieldDocs = [
        "calls": "calls since the process started",
        "failures": "those that failed",
        "active": "calls that run now",
        "details": "the plugin's own figures",
    ]
}
