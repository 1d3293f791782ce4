import Broker
import Providers
import Transport

extension TransportSettings {
    /// What is wrong with the file that SSL_CERT_FILE names; nil: nothing, or it names none.
    var authoritiesFault: String? {
        guard let caFile else { return nil }
        let content = try? SecretFile.read(caFile, upTo: 16 << 20)
        let hasCertificate = content?.withBytes { bytes in
            unsafe bytes.withUnsafeBytes { unsafe $0.firstRange(of: "-----BEGIN ".utf8) != nil }
        }
        guard hasCertificate != true else { return nil }
        return "\(caFile) (SSL_CERT_FILE) cannot be read, or holds no certificate: name a PEM file of the authorities"
            + " that are to be believed, or unset it to believe the system's"
    }
}
