package import Transport

extension HTTPClient {
    /// For where a test can throw nothing: a machine that has no thread for it runs no tests.
    package convenience init(testing settings: TransportSettings) {
        do throws(HTTPClientFault) {
            try self.init(settings)
        } catch {
            fatalError(error.sentence)
        }
    }
}
