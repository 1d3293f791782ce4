@testable import Providers

/// Input: a header; then a resource, and the tenant's digits.
func checkAzureChallenge(_ input: inout FuzzInput) throws {
    try checkAny(input.text())
    try checkWellFormed(input.field(), input.all())
}

private func checkAny(_ header: String) throws {
    let isBearer = header.utf8.count <= 4096 && header.lowercased().utf8.starts(with: "bearer ".utf8)
    guard let challenge = AzureChallenge(header) else {
        return try require(!isBearer || !header.utf8.allSatisfy { $0 < 0x80 }, "a bearer challenge is read")
    }
    try require(isBearer, "what is no bearer challenge is none")
    for cloud in AzureCloud.all where challenge.isOf(cloud) {
        let bytes = Array(header.utf8)
        try require(bytes.holds(cloud.resource) || bytes.holds(cloud.scope), "a cloud is one that the header names")
    }
    if let tenant = challenge.tenant {
        try require(AzureTenant.isID(tenant) && tenant == tenant.lowercased(), "a tenant is an id in lower case")
        try require(Array(header.lowercased().utf8).holds(tenant), "a tenant is one that the header names")
    }
}

private func checkWellFormed(_ resource: [UInt8], _ digits: [UInt8]) throws {
    let resource = String(
        decoding: resource.prefix(512).filter { (0x20...0x7E).contains($0) && !"\",".utf8.contains($0) }, as: UTF8.self)
    let hex = (0..<32).map { index -> String in
        let digit = String((digits.isEmpty ? 0 : digits[index % digits.count]) & 15, radix: 16)
        return index.isMultiple(of: 2) ? digit : digit.uppercased()
    }
    var rest = hex[...]
    let tenant = [8, 4, 4, 4, 12].map { count in
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).joined()
    }.joined(separator: "-")
    let authorization = "authorization=\"https://login.example/\(tenant)\""
    for parts in [
        [authorization, "resource=\"\(resource)\""], ["scope=\"\(resource)\"", "error=\"x\"", authorization],
    ] {
        let challenge = AzureChallenge("bEARER " + parts.joined(separator: ", "))
        try require(challenge?.resource == resource, "the resource is read as it stands in quotes")
        try require(challenge?.tenant == tenant.lowercased(), "the tenant is read from the end of the URL")
    }
}
