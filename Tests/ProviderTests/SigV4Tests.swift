import Broker
import Cryptography
import Foundation
import Support
import Testing

@testable import Providers

@Suite("The signer of AWS requests")
struct SigV4Tests {
    private struct Vector: Decodable {
        let method, path, query, body, region, service: String
        let headers: [[String]]
        let accessKeyId, secretAccessKey: String
        let sessionToken: String?
        let milliseconds: Int64
        let canonicalRequestHash, authorization: String
    }

    @Test("signs six hundred random requests to the byte as botocore does")
    func agreesWithBotocore() async throws {
        let seed = UInt32.random(in: 0...UInt32.max)
        let (status, output) = try await PythonEnvironment.run(
            "sigv4_vectors.py", ["--count", "600", "--seed", "\(seed)"])
        try #require(status == 0)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let vectors = try output.split(separator: "\n").map { try decoder.decode(Vector.self, from: Data($0.utf8)) }
        #expect(vectors.count == 600)
        for vector in vectors {
            let signature = try sign(vector)
            let isSame =
                signature.canonicalRequestHash == vector.canonicalRequestHash
                && signature.authorization == vector.authorization
            #expect(isSame, "seed \(seed): \(vector.method) \(vector.path)?\(vector.query) \(vector.headers)")
        }
    }

    @Test("depends on the key, the token, the date, the region, the service and every part of the request")
    func everythingIsSigned() throws {
        let base = Input()
        var others = [Input](repeating: base, count: 10)
        others[0].key = "other"
        others[1].token = "other"
        others[2].date = base.date.adding(.seconds(1))
        others[3].region = "us-west-2"
        others[4].service = "sts"
        others[5].method = "GET"
        others[6].path = "/a"
        others[7].query = "a"
        others[8].header = "other"
        others[9].body = "other"
        let signatures = try Set(([base] + others).map { try $0.signature() })
        #expect(signatures.count == 11)
    }

    @Test("refuses headers beyond any that AWS takes, instead of signing a part of them")
    func tooLong() {
        var input = Input()
        input.header = String(repeating: "a", count: 1 << 21)
        #expect(throws: SigV4.TooLong.self) { try input.signature() }
    }

    private func sign(_ vector: Vector) throws -> SigV4.Signature {
        let credentials = try #require(
            AWSCredentials(
                accessKeyID: vector.accessKeyId, secretAccessKey: Secret(vector.secretAccessKey),
                sessionToken: vector.sessionToken.map { Secret($0) }, expires: nil))
        let request = SigV4.Request(
            method: vector.method, path: vector.path, query: vector.query,
            headers: vector.headers.map { ($0[0], $0[1]) },
            bodyHash: unsafe SHA256.hash(bytes(hex: vector.body).span.bytes))
        return try SigV4(region: vector.region, service: vector.service).sign(
            request, as: credentials, at: Timestamp(milliseconds: vector.milliseconds))
    }

    private func bytes(hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
    }

    private struct Input {
        var key = "key"
        var token = "token"
        var date = Timestamp(milliseconds: 1_795_390_513_000)
        var region = "us-east-1"
        var service = "secretsmanager"
        var method = "POST"
        var path = "/"
        var query = ""
        var header = "value"
        var body = "{}"

        func signature() throws -> String {
            let credentials = AWSCredentials(
                accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: Secret(key), sessionToken: Secret(token),
                expires: nil)
            let request = SigV4.Request(
                method: method, path: path, query: query, headers: [("Host", "example.com"), ("X-Header", header)],
                bodyHash: unsafe SHA256.hash(body.utf8.span.bytes))
            let signature = try SigV4(region: region, service: service).sign(
                request, as: #require(credentials), at: date)
            return String(signature.authorization.suffix(64))
        }
    }
}
