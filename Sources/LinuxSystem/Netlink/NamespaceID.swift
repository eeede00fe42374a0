extension NetlinkMessage {
    /// RTM_GETNSID with NETNSA_NSID, of linux/net_namespace.h; Linux 4.20.
    fileprivate static func namespace(_ id: Int32) -> NetlinkMessage {
        // A rtgenmsg.
        var message = NetlinkMessage(type: 90, purpose: "look at network namespace \(id)", header: [0, 0, 0, 0])
        message.add(1, id)
        return message
    }
}

extension NetlinkSocket {
    /// Whether the namespace that has this id here still has an owner: one that ends takes its links with it by itself.
    /// An id that was given back may be another namespace's by now.
    ///
    /// The kernel answers without the lock that every question about a link waits for, and which it holds for some 20 ms
    /// while it ends a namespace.
    public mutating func isAlive(namespace id: Int32) throws -> Bool {
        do {
            try perform([.namespace(id)])
            return true
        } catch let error as NetlinkError where error.errno == .noEntry {
            return false
        }
    }
}
