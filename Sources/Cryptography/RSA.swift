import COpenSSL

/// How a message is signed, by the names of RFC 7518. Both hash with SHA-256.
package enum RSAScheme: Sendable, CaseIterable {
    /// PKCS #1 v1.5.
    case rs256
    /// PSS, with a salt as long as the hash.
    case ps256
}

/// An RSA private key of at least 2048 bits.
package struct RSAPrivateKey: Sendable {
    let key: OpenSSLKey

    /// Reads a PEM text: PKCS #8 or PKCS #1. Nil for anything else, including an encrypted or a shorter key.
    package init?(pem: RawSpan) {
        guard let key = OpenSSLKey(privatePEM: pem), key.isLongRSA else { return nil }
        self.key = key
    }

    /// Makes a new key of 2048 bits, for simulated clouds and tests. If OpenSSL has no randomness or memory for it, no
    /// input is to blame, and nothing could go on without.
    package init() {
        guard let key = OpenSSLKey.newRSA(bits: 2048) else { preconditionFailure("OpenSSL cannot make a key") }
        self.key = key
    }

    package var publicKey: RSAPublicKey { RSAPublicKey(key) }

    /// Lends the key as PKCS #8 in PEM, in memory that is wiped afterwards.
    package func withPEM<Result>(_ body: (RawSpan) -> Result) -> Result { key.withPrivatePEM(body) }

    /// Signs the message. The key is a private RSA key of at least 2048 bits by now, so only memory can be wanting.
    package func sign(_ message: RawSpan, _ scheme: RSAScheme) -> [UInt8] {
        guard let signature = key.sign(message, scheme) else { preconditionFailure("OpenSSL cannot sign") }
        return signature
    }
}

package struct RSAPublicKey: Sendable {
    private let key: OpenSSLKey

    fileprivate init(_ key: OpenSSLKey) {
        self.key = key
    }

    init?(certified key: OpenSSLKey) {
        guard key.isLongRSA else { return nil }
        self.key = key
    }

    package func verify(_ signature: [UInt8], of message: RawSpan, _ scheme: RSAScheme) -> Bool {
        key.verify(signature, message, scheme)
    }

    package func belongs(to other: RSAPrivateKey) -> Bool { key.equals(other.publicKey.key) }
}

/// A key in OpenSSL's memory.
///
/// Sendable because nothing changes a key once it has been made: OpenSSL 3 lets any number of threads sign and verify
/// with one, each in a context of its own.
@safe final class OpenSSLKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over the reference.
    init?(_ key: OpaquePointer?) {
        guard let key = unsafe key else { return nil }
        unsafe pointer = unsafe key
    }

    convenience init?(privatePEM pem: RawSpan) {
        let key = unsafe withPEMReader(pem) { reader in unsafe copenssl_read_private_key(reader) }
        unsafe self.init(key)
    }

    static func newRSA(bits: Int) -> OpenSSLKey? { unsafe OpenSSLKey(copenssl_new_rsa_key(bits)) }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }

    var isLongRSA: Bool { unsafe EVP_PKEY_get_base_id(pointer) == EVP_PKEY_RSA && EVP_PKEY_get_bits(pointer) >= 2048 }

    func equals(_ other: OpenSSLKey) -> Bool { unsafe EVP_PKEY_eq(pointer, other.pointer) == 1 }

    func withPrivatePEM<Result>(_ body: (RawSpan) -> Result) -> Result {
        let writer = unsafe BIO_new(BIO_s_secmem())
        defer { unsafe BIO_free(writer) }
        let isWritten = unsafe PEM_write_bio_PKCS8PrivateKey(writer, pointer, nil, nil, 0, nil, nil) == 1
        precondition(isWritten, "OpenSSL cannot write a key")
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_content(writer, &start)
        return unsafe body(UnsafeRawBufferPointer(start: start, count: count).bytes)
    }

    func sign(_ message: RawSpan, _ scheme: RSAScheme) -> [UInt8]? {
        unsafe withDigestContext { context, parameters in
            guard unsafe EVP_DigestSignInit(context, parameters, EVP_sha256(), nil, pointer) == 1,
                unsafe scheme.apply(to: parameters.pointee)
            else { return nil }
            return unsafe message.withUnsafeBytes { message in
                let start = unsafe message.assumingMemoryBound(to: UInt8.self).baseAddress
                var count = unsafe Int(EVP_PKEY_get_size(pointer))
                var signature = [UInt8](repeating: 0, count: count)
                guard unsafe EVP_DigestSign(context, &signature, &count, start, message.count) == 1 else { return nil }
                return Array(signature.prefix(count))
            }
        }
    }

    func verify(_ signature: [UInt8], _ message: RawSpan, _ scheme: RSAScheme) -> Bool {
        unsafe withDigestContext { context, parameters in
            guard unsafe EVP_DigestVerifyInit(context, parameters, EVP_sha256(), nil, pointer) == 1,
                unsafe scheme.apply(to: parameters.pointee)
            else { return false }
            return unsafe message.withUnsafeBytes { message in
                let start = unsafe message.assumingMemoryBound(to: UInt8.self).baseAddress
                return unsafe EVP_DigestVerify(context, signature, signature.count, start, message.count) == 1
            }
        }
    }
}

extension RSAScheme {
    fileprivate func apply(to parameters: OpaquePointer?) -> Bool {
        switch self {
        case .rs256: true
        case .ps256:
            unsafe EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) == 1
        }
    }
}

private func withDigestContext<Result>(
    _ body: (OpaquePointer?, UnsafeMutablePointer<OpaquePointer?>) -> Result
) -> Result {
    let context = unsafe EVP_MD_CTX_new()
    defer { unsafe EVP_MD_CTX_free(context) }
    var parameters: OpaquePointer?
    return unsafe body(context, &parameters)
}

func withPEMReader<Result>(_ pem: RawSpan, _ body: (OpaquePointer?) -> Result) -> Result {
    unsafe pem.withUnsafeBytes { pem in
        let reader = unsafe BIO_new_mem_buf(pem.baseAddress, Int32(clamping: pem.count))
        defer { unsafe BIO_free(reader) }
        return unsafe body(reader)
    }
}
