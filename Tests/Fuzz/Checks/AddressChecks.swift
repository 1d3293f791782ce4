@testable import Transport

/// Input: an operator's list of what is opened, and the bytes of an address.
func checkAddresses(_ input: inout FuzzInput) throws {
    let list = input.text()
    let bytes = Array((input.all() + [UInt8](repeating: 0, count: 16)).prefix(16))
    guard let short = IPAddress(bytes: Array(bytes.prefix(4))), let long = IPAddress(bytes: bytes) else {
        throw Violation(description: "4 and 16 bytes are addresses")
    }
    try checkKind(of: short)
    for address in [short, long] {
        try require(IPAddress(address.description) == address, "an address reads as it is written")
        if AddressRules().allows(address, of: address.description) {
            try require(mayBePublic(address), "\(address) is never reached unless it is opened")
        }
        try checkList(list, address)
    }
    if let read = IPAddress(list) {
        try require(read.isIPv6 || read.description == list, "an IPv4 address has one spelling")
    }
}

private func checkKind(of address: IPAddress) throws {
    let prefixes: [[UInt8]] = [
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    for prefix in prefixes {
        let wrapped = IPAddress(bytes: prefix + address.bytes)
        try require(
            wrapped.map(AddressRules.kind) == AddressRules.kind(of: address),
            "\(address) is the same when IPv6 stands around it")
    }
}

/// The least that must be shut, from RFC 6890 and what is routed at all.
private func mayBePublic(_ address: IPAddress) -> Bool {
    let bytes = address.bytes
    if address.isIPv6 {
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        let isTranslated = bytes.prefix(12).elementsEqual([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0])
        if isMapped || isTranslated { return IPAddress(bytes: Array(bytes.suffix(4))).map(mayBePublic) ?? false }
        return bytes[0] >> 5 == 1 && !(bytes[0] == 0x20 && bytes[1] == 2)
            && !bytes.starts(with: [0x20, 1, 0x0D, 0xB8]) && !bytes.starts(with: [0x20, 1, 0, 0])
    }
    let number = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    let shut: [ClosedRange<UInt32>] = [
        0...0x00FF_FFFF, 0x0A00_0000...0x0AFF_FFFF, 0x6440_0000...0x647F_FFFF, 0x7F00_0000...0x7FFF_FFFF,
        0xA9FE_0000...0xA9FE_FFFF, 0xAC10_0000...0xAC1F_FFFF, 0xC000_0000...0xC000_00FF, 0xC000_0200...0xC000_02FF,
        0xC0A8_0000...0xC0A8_FFFF, 0xC612_0000...0xC613_FFFF, 0xC633_6400...0xC633_64FF, 0xCB00_7100...0xCB00_71FF,
        0xE000_0000...0xFFFF_FFFF,
    ]
    return !shut.contains { $0.contains(number) }
}

private func checkList(_ list: String, _ address: IPAddress) throws {
    guard let rules = AddressRules(allowing: list) else { return }
    let entries = list.lowercased().utf8.split(separator: UInt8(ascii: ",")).map { String(decoding: $0, as: UTF8.self) }
    let isOpened = entries.contains { opens($0, address) }
    let isPrivate = AddressRules.kind(of: address) == .privateNetwork
    for host in entries + ["name.example"] {
        let isNamed = isPrivate && entries.contains(host) && AddressRange(host) == nil
        let expected = isOpened || isNamed || AddressRules().allows(address, of: host)
        try require(rules.allows(address, of: host) == expected, "\(list) opens what it says, and nothing beside it")
    }
}

/// By comparing the first bits, one by one.
private func opens(_ entry: String, _ address: IPAddress) -> Bool {
    let parts = entry.split(separator: "/")
    guard let first = parts.first.flatMap({ IPAddress(String($0)) }) else { return false }
    func bits(_ address: IPAddress) -> [Bool] {
        address.bytes.flatMap { byte in (0..<8).map { byte & (0x80 >> $0) != 0 } }
    }
    guard first.isIPv6 == address.isIPv6 else { return false }
    let length = parts.count == 2 ? Int(parts[1]) ?? -1 : bits(first).count
    return bits(first).prefix(length) == bits(address).prefix(length)
}
