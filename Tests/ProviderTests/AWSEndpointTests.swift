import Foundation
import Support
import Testing

@testable import Providers

@Suite("Where AWS is reached")
struct AWSEndpointTests {
    private struct Known: Decodable {
        let service, partition, region, url: String
        let fips, dualStack: Bool
    }

    @Test("every region and variant has the endpoint and the partition that botocore's rules give it")
    func agreesWithBotocore() async throws {
        let (status, output) = try await PythonEnvironment.run("aws_endpoints.py", [])
        try #require(status == 0)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let known = try output.split(separator: "\n").map { try decoder.decode(Known.self, from: Data($0.utf8)) }
        #expect(known.count > 300)
        for known in known {
            let service = try #require(AWSEndpoint.Service(rawValue: known.service))
            let region = try #require(AWSRegion(known.region), "\(known.region)")
            let variant = AWSEndpoint.Variant(isFIPS: known.fips, isDualStack: known.dualStack)
            let endpoint = AWSEndpoint(service, in: region, variant: variant)
            #expect(endpoint.base == known.url)
            #expect(endpoint.base == "https://\(endpoint.host)")
            #expect(region.partition.name == known.partition)
        }
    }

    @Test(
        "a region that could lead elsewhere is none",
        arguments: [
            "", "us", "us-east", "us-east-", "us-east-1/", "evil.example/", "us-east-1.evil", "us-east-1.evil.example",
            "US-EAST-1", "us-east-1 ", " us-east-1", "us-east-1\n", "us-east-1\r\nHost: evil", "us-east-1@evil",
            "us-east-1:443", "us-east-1#", "us-east-1?", "us-east-1\\", "us--east-1", "-us-east-1", "us-east-1-",
            "us-east-123", "us-éast-1", "us-east-\u{661}", "us-east-1%2f", "../us-east-1", "a-b-c-d-e-f-g-1",
            "us-east-1\0", "uswestuswestuswestuswestuswest-east-1",
        ])
    func hostileRegions(_ name: String) {
        #expect(AWSRegion(name) == nil)
    }
}
