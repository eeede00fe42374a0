import BerthAPI
import LinuxSystem
import Testing

@testable import BridgeNetworking

@Suite struct AddressPoolTests {
    private func pool(_ subnet: String, range: String? = nil) -> AddressPool {
        let subnet = IPv4Subnet(subnet)!
        return AddressPool(
            subnet: subnet, range: range.flatMap { IPv4Subnet($0) }, gateway: subnet.base.advanced(by: 1))
    }

    @Test func givesAddressesInTurnAndReusesThemLate() throws {
        var pool = pool("10.0.0.0/29")
        let first = try pool.takeNext()
        #expect("\(first)" == "10.0.0.2")
        pool.release(first)
        #expect(try "\(pool.takeNext())" == "10.0.0.3")
        for expected in ["10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.2"] {
            #expect(try "\(pool.takeNext())" == expected)
        }
        #expect(kind { try pool.takeNext() } == .resourceExhausted)
    }

    @Test func keepsToItsRange() throws {
        var pool = pool("10.0.0.0/24", range: "10.0.0.128/30")
        let given = try (0..<4).map { _ in try "\(pool.takeNext())" }
        #expect(given == ["10.0.0.128", "10.0.0.129", "10.0.0.130", "10.0.0.131"])
        #expect(kind { try pool.takeNext() } == .resourceExhausted)
    }

    @Test(arguments: ["10.0.0.0", "10.0.0.1", "10.0.0.255", "10.0.1.7"])
    func refusesAddressesThatNobodyCanHave(_ address: String) {
        var pool = pool("10.0.0.0/24")
        #expect(kind { try pool.take(IPv4Address(address)!) } == .invalidArgument)
    }

    @Test func choosesSubnetsThatOverlapNothing() throws {
        let taken = ["172.17.0.0/16", "172.18.5.0/24", "10.0.0.0/8"].map {
            TakenSubnet(subnet: IPv4Subnet($0)!, owner: "test")
        }
        #expect(try "\(chooseSubnet(SubnetPool.defaults, taken: taken))" == "172.19.0.0/16")
        let everything = [TakenSubnet(subnet: IPv4Subnet("0.0.0.0/0")!, owner: "test")]
        #expect(kind { try chooseSubnet(SubnetPool.defaults, taken: everything) } == .resourceExhausted)
    }

    @Test(arguments: ["1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "1.2.3.-4", "", "::1", "1.2.3.٤"])
    func refusesWhatIsNoAddress(_ text: String) { #expect(IPv4Address(text) == nil) }

    @Test func readsResolverFiles() {
        let text = "# comment\nnameserver 10.0.0.1\nnameserver\t::1 x\ndomain a\nsearch b c\noptions ndots:2 rotate\n"
        let settings = Resolver.parse(text)
        #expect(settings.servers == ["10.0.0.1", "::1"])
        #expect(settings.search == ["b", "c"])
        #expect(settings.options == ["ndots:2", "rotate"])
    }
}
