import Testing

@testable import Transport

@Suite("An address")
struct AddressRulesTests {
    @Test(
        "that is not a public one is not reached",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "100.100.100.200",
            "127.0.0.1", "127.255.0.1", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
            "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1",
            "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b::10.0.0.1", "64:ff9b:1::1", "64:ff9b:1:ffff::8.8.8.8", "100::1", "2001::1", "2001:0:7f00:1::",
            "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:808:808::1", "3fff::1", "fc00::1", "fd00::1",
            "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::1", "febf::1", "fec0::1", "ff02::1", "ff05::1",
            "4000::1",
            "5f00::1", "1::1", "::2", "::ffff:ffff:ffff",
        ])
    func refused(_ text: String) throws {
        #expect(!AddressRules().allows(try #require(IPAddress(text)), of: "name.example"))
    }

    @Test(
        "that is public is reached",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1",
            "128.0.0.1",
            "140.82.121.6", "168.63.129.17", "172.15.0.1", "172.32.0.1", "192.0.1.1", "192.167.0.1", "198.17.0.1",
            "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888",
            "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
        ])
    func reached(_ text: String) throws {
        #expect(AddressRules().allows(try #require(IPAddress(text)), of: "name.example"))
    }

    @Test("a range is opened by itself, and nothing beside it")
    func ranges() throws {
        let rules = try #require(AddressRules(allowing: "10.1.0.0/16,127.0.0.1,fd00:1::/32,169.254.169.254"))
        for text in ["10.1.0.0", "10.1.255.255", "127.0.0.1", "fd00:1::1", "169.254.169.254"] {
            #expect(rules.allows(try #require(IPAddress(text)), of: "x"))
        }
        for text in [
            "10.0.255.255", "10.2.0.0", "127.0.0.2", "::ffff:10.1.0.1", "::ffff:127.0.0.1", "fd00:2::1",
            "169.254.169.253",
        ] {
            #expect(!rules.allows(try #require(IPAddress(text)), of: "x"))
        }
    }

    @Test("a host that is opened has private addresses, for its own name only, and none that is special")
    func hosts() throws {
        let rules = try #require(AddressRules(allowing: "CI.internal,localhost"))
        for text in ["10.0.0.1", "127.0.0.1", "::1", "fd12::1", "100.64.0.1", "::ffff:10.0.0.1"] {
            #expect(rules.allows(try #require(IPAddress(text)), of: "ci.internal"))
            #expect(!rules.allows(try #require(IPAddress(text)), of: "x.ci.internal"))
            #expect(!rules.allows(try #require(IPAddress(text)), of: "internal"))
        }
        for text in ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "fe80::1", "224.0.0.1", "0.0.0.0"] {
            #expect(!rules.allows(try #require(IPAddress(text)), of: "ci.internal"))
        }
    }

    @Test(
        "a list with what is neither is refused whole",
        arguments: [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0", "1.2.3.4.5", "10.0.0.0/8/8", "*",
            "*.internal", "a b", "a..b", "fd00::/129", "https://a", "a:80", "[::1]", "fe80::1%eth0",
        ])
    func badList(_ list: String) {
        #expect(AddressRules(allowing: list) == nil)
    }

    @Test(
        "is read in one spelling only",
        arguments: [
            "127.1", "2130706433", "0x7f.0.0.1", "0177.0.0.1", "127.0.0.01", "127.0.0.1 ", " 127.0.0.1", "",
            "fe80::1%1", "[::1]", "::1::", "1.2.3.4.", "12345::", "127.0.0.1\0", "127.0.0.1\0.example", "::1\0",
        ])
    func spellings(_ text: String) {
        #expect(IPAddress(text) == nil)
    }
}
