import COpenSSL

/// A certificate authority for the simulated clouds and the tests, so that TLS to them is real TLS. Nothing else may
/// trust one: its key is made anew with each, exists in this process alone, and is good for a week.
package struct CertificateAuthority: Sendable {
    /// How long certificates are good for, in seconds.
    package static let lifetime = 7 * 86_400

    /// The authority's own certificate, in PEM.
    package let certificate: String
    private let key = RSAPrivateKey()
    private let issuer: CertificateName

    package init(commonName: String = "Simulated authority") {
        issuer = CertificateName(commonName: commonName)
        certificate = CertificateDraft(
            subject: issuer, issuer: issuer, subjectKey: key, usage: .authority, lifetime: Self.lifetime
        ).sign(with: key, of: nil)
    }

    /// Issues a certificate for a server on this machine: 127.0.0.1 and localhost.
    ///
    /// - Parameter lifetime: in seconds; if it is below zero, the certificate has expired.
    package func issueServer(lifetime: Int = lifetime) -> CertifiedKey {
        issue(to: CertificateName(commonName: "localhost"), key: RSAPrivateKey(), .server, lifetime)
    }

    package func issueClient(_ subject: CertificateName, lifetime: Int = lifetime) -> CertifiedKey {
        issue(to: subject, key: RSAPrivateKey(), .client, lifetime)
    }

    private func issue(
        to subject: CertificateName, key subjectKey: RSAPrivateKey, _ usage: CertificateUsage, _ lifetime: Int
    ) -> CertifiedKey {
        let draft = CertificateDraft(
            subject: subject, issuer: issuer, subjectKey: subjectKey, usage: usage, lifetime: lifetime)
        return CertifiedKey(certificate: draft.sign(with: key, of: certificate), key: subjectKey)
    }
}

package struct CertifiedKey: Sendable {
    /// The certificate in PEM.
    package let certificate: String
    package let key: RSAPrivateKey
}

/// The subject of a certificate, as far as Kubernetes reads it: the user (CN) and the groups (O).
package struct CertificateName: Sendable, Hashable {
    package let commonName: String
    package let organizations: [String]

    package init(commonName: String, organizations: [String] = []) {
        self.commonName = commonName
        self.organizations = organizations
    }
}

private enum CertificateUsage {
    case authority, server, client

    /// The extensions in OpenSSL's notation. The order matters: a certificate names its own key before the issuer's.
    var extensions: [(id: Int32, value: String)] {
        switch self {
        case .authority:
            [
                (NID_basic_constraints, "critical,CA:TRUE"), (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
            ]
        case .server:
            Self.endEntity + [
                (NID_ext_key_usage, "serverAuth"), (NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1"),
            ]
        case .client: Self.endEntity + [(NID_ext_key_usage, "clientAuth")]
        }
    }

    private static let endEntity: [(id: Int32, value: String)] = [
        (NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature,keyEncipherment"),
        (NID_subject_key_identifier, "hash"), (NID_authority_key_identifier, "keyid:always"),
    ]
}

private struct CertificateDraft {
    let subject: CertificateName
    let issuer: CertificateName
    let subjectKey: RSAPrivateKey
    let usage: CertificateUsage
    let lifetime: Int

    /// - Parameter authority: the issuer's certificate in PEM; nil if the certificate signs itself.
    func sign(with key: RSAPrivateKey, of authority: String?) -> String {
        let certificate = unsafe X509_new()
        let authority = unsafe authority.flatMap { pem in
            unsafe withPEMReader(pem.utf8.span.bytes) { reader in unsafe copenssl_read_certificate(reader) }
        }
        defer {
            unsafe X509_free(certificate)
            unsafe X509_free(authority)
        }
        let isSigned =
            unsafe setFields(of: certificate) && addExtensions(to: certificate, issuedBy: authority)
            && X509_sign(certificate, key.key.pointer, EVP_sha256()) > 0
        precondition(isSigned, "OpenSSL cannot make a certificate")
        return unsafe pem(of: certificate)
    }

    private func setFields(of certificate: OpaquePointer?) -> Bool {
        let serial = unsafe BN_new()
        defer { unsafe BN_free(serial) }
        return unsafe BN_rand(serial, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1
            && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != nil
            && X509_set_version(certificate, Int(X509_VERSION_3)) == 1
            && subject.fill(X509_get_subject_name(certificate)) && issuer.fill(X509_get_issuer_name(certificate))
            // The start lies in the past, since clocks differ a little.
            && X509_gmtime_adj(X509_getm_notBefore(certificate), min(lifetime, 0) - 300) != nil
            && X509_gmtime_adj(X509_getm_notAfter(certificate), lifetime) != nil
            && X509_set_pubkey(certificate, subjectKey.key.pointer) == 1
    }

    private func addExtensions(to certificate: OpaquePointer?, issuedBy authority: OpaquePointer?) -> Bool {
        var context = unsafe X509V3_CTX()
        unsafe X509V3_set_ctx(&context, authority ?? certificate, certificate, nil, nil, 0)
        return usage.extensions.allSatisfy { id, value in
            let made = unsafe X509V3_EXT_nconf_nid(nil, &context, id, value)
            defer { unsafe X509_EXTENSION_free(made) }
            return unsafe made != nil && X509_add_ext(certificate, made, -1) == 1
        }
    }

    private func pem(of certificate: OpaquePointer?) -> String {
        let writer = unsafe BIO_new(BIO_s_mem())
        defer { unsafe BIO_free(writer) }
        let isWritten = unsafe PEM_write_bio_X509(writer, certificate) == 1
        precondition(isWritten, "OpenSSL cannot write a certificate")
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_content(writer, &start)
        return unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }
}

extension CertificateName {
    /// Adds the groups before the user, as Kubernetes' own certificates have them.
    fileprivate func fill(_ name: OpaquePointer?) -> Bool {
        let entries = organizations.map { (NID_organizationName, $0) } + [(NID_commonName, commonName)]
        return entries.allSatisfy { id, text in
            let bytes = Array(text.utf8)
            return unsafe X509_NAME_add_entry_by_NID(name, id, MBSTRING_UTF8, bytes, Int32(bytes.count), -1, 0) == 1
        }
    }

    init(reading name: OpaquePointer?) {
        self.init(
            commonName: unsafe Self.texts(NID_commonName, in: name).last ?? "",
            organizations: unsafe Self.texts(NID_organizationName, in: name))
    }

    private static func texts(_ id: Int32, in name: OpaquePointer?) -> [String] {
        var texts: [String] = []
        var position: Int32 = -1
        while true {
            position = unsafe X509_NAME_get_index_by_NID(name, id, position)
            guard position >= 0 else { return texts }
            let data = unsafe X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, position))
            var text: UnsafeMutablePointer<UInt8>?
            let count = unsafe ASN1_STRING_to_UTF8(&text, data)
            guard count >= 0 else { continue }
            unsafe texts.append(String(decoding: UnsafeRawBufferPointer(start: text, count: Int(count)), as: UTF8.self))
            unsafe copenssl_free(text)
        }
    }
}
