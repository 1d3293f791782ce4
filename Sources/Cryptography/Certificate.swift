import COpenSSL

/// An X.509 certificate, as far as signing in with one needs it.
package struct Certificate: Sendable {
    /// The certificate in DER.
    package let bytes: [UInt8]
    package let subject: CertificateName
    package let publicKey: RSAPublicKey
    /// The end of its validity, in seconds since 1970-01-01T00:00:00Z.
    package let notAfter: Int64

    /// Reads the first certificate of a PEM text. Nil if there is none, or its key is no RSA key of at least 2048 bits.
    package init?(pem: RawSpan) {
        let certificate = unsafe withPEMReader(pem) { reader in unsafe copenssl_read_certificate(reader) }
        unsafe self.init(certificate)
    }

    /// Reads a certificate in DER. Nil as for a PEM text.
    package init?(der: [UInt8]) {
        let certificate = unsafe der.withUnsafeBufferPointer { der in
            var position = der.baseAddress
            return unsafe d2i_X509(nil, &position, der.count)
        }
        unsafe self.init(certificate)
    }

    /// Takes over the reference.
    private init?(_ certificate: OpaquePointer?) {
        guard let certificate = unsafe certificate else { return nil }
        defer { unsafe X509_free(certificate) }
        guard let key = unsafe OpenSSLKey(X509_get_pubkey(certificate)), let publicKey = RSAPublicKey(certified: key)
        else { return nil }
        var end = unsafe tm()
        guard unsafe ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) == 1 else { return nil }
        self.publicKey = publicKey
        subject = unsafe CertificateName(reading: X509_get_subject_name(certificate))
        notAfter = unsafe Int64(timegm(&end))
        bytes = unsafe Self.encode(certificate)
    }

    private static func encode(_ certificate: OpaquePointer) -> [UInt8] {
        let count = unsafe Int(i2d_X509(certificate, nil))
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        unsafe bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            _ = unsafe i2d_X509(certificate, &position)
        }
        return bytes
    }

    /// The SHA-256 of the certificate, as in `x5t#S256`.
    package var thumbprint: [UInt8] { unsafe SHA256.hash(bytes.span.bytes) }
}
