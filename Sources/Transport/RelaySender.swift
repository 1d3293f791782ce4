package import Broker

/// Sends deliveries: the host's addresses are looked up once, all of them are checked, and one of those is dialled.
package struct RelaySender: Sender {
    private let http: HTTPClient
    private let names: NameLookup
    private let rules: AddressRules
    private let hasProxy: Bool

    /// - Parameter settings: with a proxy, it looks up the names, and only an address spelled out in a URL is checked.
    package init(
        _ settings: TransportSettings, rules: AddressRules, names: NameLookup = NameLookup()
    ) throws(HTTPClientFault) {
        var settings = settings
        settings.plainHTTP = .never
        http = try HTTPClient(settings)
        hasProxy = settings.proxy != nil
        self.names = names
        self.rules = rules
    }

    package func destination(of url: WebhookURL, for team: TeamName) -> any Destination {
        let addresses = Task.immediate { () async -> Result<[IPAddress], DeliveryError> in
            do throws(DeliveryError) {
                return .success(try await self.addresses(of: url.host, for: team))
            } catch {
                return .failure(error)
            }
        }
        return RelayDestination(url: url, http: http, addresses: addresses)
    }

    package func refuses(_ url: WebhookURL) -> Bool {
        guard let address = IPAddress(url.host) else { return url.host.contains(":") }
        return !rules.allows(address, of: url.host)
    }

    package func shutDown() {
        http.shutDown()
    }

    /// The addresses to dial. Empty only behind a proxy.
    private func addresses(of host: String, for team: TeamName) async throws(DeliveryError) -> [IPAddress] {
        let found: [IPAddress]
        if let address = IPAddress(host) {
            found = [address]
        } else if host.contains(":") {
            throw .addressNotAllowed
        } else if hasProxy {
            return []
        } else {
            do throws(TransportError) {
                found = try await names.addresses(of: host, for: team)
            } catch {
                throw error == .timedOut ? .nameUnknown : .overloaded
            }
        }
        guard !found.isEmpty else { throw .nameUnknown }
        // One forbidden address is enough: whoever answers with it cannot be trusted with the others.
        guard found.allSatisfy({ rules.allows($0, of: host) }) else { throw .addressNotAllowed }
        return found
    }
}

private struct RelayDestination: Destination {
    let url: WebhookURL
    let http: HTTPClient
    /// The checked addresses. Empty only behind a proxy.
    let addresses: Task<Result<[IPAddress], DeliveryError>, Never>

    func send(_ delivery: Delivery) async throws(DeliveryError) -> DeliveryAnswer {
        let deadline = ContinuousClock.now + Delivery.deadline
        let addresses = try await addresses.value.get()
        do throws(TransportError) {
            return try await send(delivery, to: addresses.first, deadline)
        } catch .couldNotConnect, .proxyFailed, .tls {
            do throws(TransportError) {
                return try await send(delivery, to: addresses.dropFirst().first ?? addresses.first, deadline)
            } catch {
                throw DeliveryError(error)
            }
        } catch {
            throw DeliveryError(error)
        }
    }

    private func send(
        _ delivery: Delivery, to address: IPAddress?, _ deadline: ContinuousClock.Instant
    ) async throws(TransportError) -> DeliveryAnswer {
        var call = HTTPCall(
            "POST", url.text, headers: delivery.headers.map { HTTPHeader($0.name, secret: $0.value) },
            body: delivery.body, deadline: deadline - .now, maximumAnswerSize: Delivery.maximumAnswerSize)
        call.largeAnswer = .losesItsBody
        call.isSentOnce = true
        call.address = address
        let answer = try await http.send(call)
        let encoding = answer.header("Content-Encoding")?.lowercased()
        let isPlain = !answer.hasLostItsBody && (encoding == nil || encoding == "identity")
        return DeliveryAnswer(
            status: answer.status, contentType: answer.header("Content-Type"), body: isPlain ? answer.body : nil)
    }
}

extension DeliveryError {
    fileprivate init(_ error: TransportError) {
        switch error {
        case .nameUnknown, .couldNotConnect, .proxyFailed, .invalidURL, .invalidHeader, .schemeNotAllowed:
            self = .notConnected
        case .notTrusted, .tls: self = .tls
        case .timedOut: self = .timedOut
        case .connectionLost, .malformedAnswer, .answerTooLarge, .cancelled, .shutDown: self = .noAnswer
        case .overloaded: self = .overloaded
        }
    }
}
