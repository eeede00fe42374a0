import BerthAPI
import CNftables
import JSON

/// A context of libnftables (libnftables(3)). What one `run` holds is one transaction: all of it, or nothing.
final class Nftables {
    private let context: OpaquePointer

    /// Opens its sockets in the calling thread's network namespace, which is the one that it will act on.
    init() throws(BerthError) {
        guard let context = nft_ctx_new(0) else { throw BerthError(.internal, "libnftables could not be started") }
        self.context = context
        nft_ctx_buffer_output(context)
        nft_ctx_buffer_error(context)
    }

    deinit { nft_ctx_free(context) }

    /// Runs commands in nft's language (nft(8)).
    func run(_ commands: String) throws(NftablesError) {
        nft_ctx_output_set_flags(context, 0)
        try check(nft_run_cmd_from_buffer(context, commands))
    }

    /// Runs commands as JSON (libnftables-json(5)).
    func run(json commands: [UInt8]) throws(NftablesError) {
        nft_ctx_output_set_flags(context, UInt32(NFT_CTX_OUTPUT_JSON))
        let code = (commands + [0]).withUnsafeBytes {
            nft_run_cmd_from_buffer(context, $0.baseAddress!.assumingMemoryBound(to: CChar.self))
        }
        try check(code)
    }

    private func check(_ code: Int32) throws(NftablesError) {
        // Read in any case: it empties the buffers for the next run.
        let message = nft_ctx_get_error_buffer(context).map { String(cString: $0) } ?? ""
        _ = nft_ctx_get_output_buffer(context)
        if code != 0 { throw NftablesError(message: message) }
    }
}

/// A transaction that was refused, with libnftables' words.
struct NftablesError: Error, CustomStringConvertible {
    var message: String

    /// Its first line: those that follow quote the commands.
    var description: String {
        let first = message.split(separator: "\n").first.map(String.init) ?? "unknown error"
        return first.hasPrefix("Error: ") ? String(first.dropFirst(7)) : first
    }
}
