import Broker
import Cryptography
import HTTPTypes

/// AWS's side of Signature Version 4: recomputes the signature from what arrived and compares. It shares no code with
/// the driver's signer, so that neither can hide a fault in the other.
///
/// The order of the checks is the front end's: it decides which error a request with two faults gets.
struct SignatureVerification {
    /// AWS allows five minutes either way.
    static let tolerance: Duration = .seconds(300)

    let region: String
    let service: String
    let now: Timestamp

    /// - Returns: the credential that the request was signed with.
    func verify(
        _ request: CloudRequest, among credentials: [String: AWSCredential]
    ) throws(AuthenticationFault) -> AWSCredential {
        let header = try AuthorizationHeader(request)
        try checkAge(header)
        try checkSignedHeaders(header, of: request)
        guard header.algorithm == "AWS4-HMAC-SHA256" else {
            throw .incomplete("Unsupported AWS 'algorithm': '\(header.algorithm)' (only AWS4-HMAC-SHA256 for now). ")
        }
        try checkScope(header)
        guard let credential = credentials[header.scope.accessKeyID] else { throw .unrecognizedClient }
        let expected = signature(of: request, header, key: credential.secretAccessKey)
        guard unsafe ConstantTime.equal(expected.utf8.span.bytes, header.signature.utf8.span.bytes) else {
            throw .signatureMismatch
        }
        try checkSessionToken(request.header("x-amz-security-token"), of: credential)
        return credential
    }

    private func checkAge(_ header: AuthorizationHeader) throws(AuthenticationFault) {
        let age = now.since(header.signedAt)
        if age > Self.tolerance {
            let limit = now.adding(.zero - Self.tolerance).basicISO8601
            throw .invalidSignature(
                "Signature expired: \(header.date) is now earlier than \(limit) (\(now.basicISO8601) - 5 min.)")
        }
        if age < .zero - Self.tolerance {
            let limit = now.adding(Self.tolerance).basicISO8601
            throw .invalidSignature(
                "Signature not yet current: \(header.date) is still later than \(limit) (\(now.basicISO8601) + 5 min.)"
            )
        }
    }

    /// Requires that the host and every x-amz- header are signed.
    private func checkSignedHeaders(
        _ header: AuthorizationHeader, of request: CloudRequest
    ) throws(AuthenticationFault) {
        guard header.signedHeaders.contains("host") else {
            throw .invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
        }
        for field in request.headers {
            let name = field.name.canonicalName
            guard name.hasPrefix("x-amz-"), !header.signedHeaders.contains(name) else { continue }
            throw .invalidSignature("'\(field.name.rawName)' must be a 'SignedHeader' in the AWS Authorization.")
        }
    }

    private func checkScope(_ header: AuthorizationHeader) throws(AuthenticationFault) {
        let scope = header.scope
        var faults = ""
        if scope.region != region {
            faults += "Credential should be scoped to a valid region, not '\(scope.region)'. "
        }
        if scope.service != service { faults += "Credential should be scoped to correct service: '\(service)'. " }
        if scope.terminator != "aws4_request" {
            faults += "Credential should be scoped with a valid terminator: 'aws4_request', not '\(scope.terminator)'. "
        }
        if scope.date != header.date.prefix(8) {
            faults +=
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                + "'\(scope.date)' != '\(header.date.prefix(8))', from '\(header.date)'."
        }
        guard faults.isEmpty else { throw .invalidSignature(faults) }
    }

    private func checkSessionToken(_ token: String?, of credential: AWSCredential) throws(AuthenticationFault) {
        switch (token, credential.sessionToken) {
        case (nil, nil): break
        case (let token?, let expected?):
            let isRight = expected.withBytes { unsafe ConstantTime.equal($0, token.utf8.span.bytes) }
            guard isRight else { throw .unrecognizedClient }
        case (nil, _?), (_?, nil): throw .unrecognizedClient
        }
        if let expires = credential.expires, expires <= now { throw .expiredToken }
    }

    func signature(of request: CloudRequest, _ header: AuthorizationHeader, key: Secret) -> String {
        let canonical = unsafe SHA256.hash(
            CanonicalRequest(request, signedHeaders: header.signedHeaders.sorted()).text.utf8.span.bytes)
        let text = "\(header.algorithm)\n\(header.date)\n\(header.scope.text)\n\(Hex.encode(canonical))"
        var chained = authenticate(header.scope.date, startingFrom: key)
        for part in [header.scope.region, header.scope.service, header.scope.terminator, text] {
            chained = unsafe HMACSHA256.authenticate(part.utf8.span.bytes, key: chained.span.bytes)
        }
        return Hex.encode(chained)
    }

    private func authenticate(_ date: String, startingFrom key: Secret) -> [UInt8] {
        var prefixed = Array("AWS4".utf8)
        key.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe prefixed.append(contentsOf: $0) }
        }
        return unsafe HMACSHA256.authenticate(date.utf8.span.bytes, key: prefixed.span.bytes)
    }
}
