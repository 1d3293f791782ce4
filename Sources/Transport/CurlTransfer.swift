import Broker
import CCurl
import Glibc
import NIOConcurrencyHelpers

/// One call on its way through libcurl.
///
/// Sendable without a lock because once it is handed over, only the loop's thread touches it, but for `state`, which
/// has a lock.
@safe final class CurlTransfer: @unchecked Sendable {
    typealias Outcome = Result<HTTPAnswer, TransportError>

    private enum State {
        case fresh
        case waiting(CheckedContinuation<Outcome, Never>)
        case over(Outcome)
    }

    private let call: HTTPCall
    private let target: CallTarget
    private let settings: TransportSettings
    private let state = NIOLockedValueBox(State.fresh)
    let deadline: ContinuousClock.Instant

    private(set) var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var connectTo: UnsafeMutablePointer<curl_slist>?
    /// Whether a byte of the request may have left.
    private var isSending = false
    /// The answer, until it is taken out as the outcome.
    private var answer: AnswerBuffer?

    init(_ call: HTTPCall, _ settings: TransportSettings) throws(TransportError) {
        target = try CallTarget(call.url, settings.plainHTTP)
        guard call.method.utf8.allSatisfy(\.isUppercaseLetter), !call.method.isEmpty else {
            throw .invalidHeader
        }
        self.call = call
        self.settings = settings
        deadline = .now + call.deadline
        answer = AnswerBuffer(maximumBodySize: call.maximumAnswerSize)
        unsafe handle = nil
        unsafe headerList = nil
        unsafe connectTo = nil
    }

    // MARK: The outcome, from any thread

    func wait(for continuation: CheckedContinuation<Outcome, Never>) {
        let outcome: Outcome? = state.withLockedValue { state in
            if case .over(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    /// Ends the call with `outcome`, unless it has already ended: the first outcome stands.
    func finish(_ outcome: Outcome) {
        let continuation: CheckedContinuation<Outcome, Never>? = state.withLockedValue { state in
            defer { if case .over = state {} else { state = .over(outcome) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(returning: outcome)
    }

    var isOver: Bool { state.withLockedValue { if case .over = $0 { true } else { false } } }

    // MARK: On the loop's thread

    /// Makes the handle. Its callbacks find the transfer by a pointer that does not keep it alive; the loop does.
    func prepare(_ authorities: inout AuthorityFile) throws(TransportError) {
        guard ContinuousClock.now < deadline else { throw .timedOut }
        guard let handle = unsafe curl_easy_init() else { throw .overloaded }
        unsafe self.handle = handle
        unsafe headerList = try HeaderList.make(call.headers)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe ccurl_set_text(handle, CURLOPT_URL, call.url)
        unsafe ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, call.method)
        unsafe ccurl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        unsafe ccurl_set_context(handle, CURLOPT_PREREQDATA, context)
        unsafe ccurl_set_before_request(handle) { context, _, _, _, _ in
            unsafe CurlTransfer.at(context).isSending = true
            return CURL_PREREQFUNC_OK
        }
        unsafe ccurl_set_context(handle, CURLOPT_WRITEDATA, context)
        unsafe ccurl_set_data(handle, CURLOPT_WRITEFUNCTION) { unsafe CurlTransfer.at($3).receive($0, $1 * $2) }
        unsafe ccurl_set_context(handle, CURLOPT_HEADERDATA, context)
        unsafe ccurl_set_data(handle, CURLOPT_HEADERFUNCTION) { unsafe CurlTransfer.at($3).receiveHeader($0, $1 * $2) }
        if call.method == "HEAD" { unsafe ccurl_set_long(handle, CURLOPT_NOBODY, 1) }
        let hasBody = call.body != nil || ["POST", "PUT", "PATCH"].contains(call.method)
        if hasBody { try send(call.body) }
        bound()
        route()
        try authenticate(&authorities)
        if let address = call.address { unsafe pin(to: address, context) }
    }

    /// Looks up no name, and opens a socket to this address or not at all.
    private func pin(to address: IPAddress, _ context: UnsafeMutableRawPointer) {
        unsafe connectTo = curl_slist_append(nil, "::\(address.isIPv6 ? "[\(address)]" : "\(address)"):")
        unsafe ccurl_set_list(handle, CURLOPT_CONNECT_TO, connectTo)
        guard settings.proxy == nil else { return }
        unsafe ccurl_set_context(handle, CURLOPT_OPENSOCKETDATA, context)
        unsafe ccurl_set_open_socket(handle) { context, _, address in
            guard let address = unsafe address else { return CURL_SOCKET_BAD }
            return unsafe CurlTransfer.at(context).open(address)
        }
    }

    /// Gives the body whole, so that it leaves with the head, in one packet where they fit.
    private func send(_ body: Secret?) throws(TransportError) {
        unsafe ccurl_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body?.byteCount ?? 0))
        let code =
            body?.withBytes { bytes in
                unsafe bytes.withUnsafeBytes { unsafe ccurl_set_body(handle, $0.baseAddress) }
            } ?? (unsafe ccurl_set_body(handle, nil))
        guard code == CURLE_OK else { throw .overloaded }
    }

    /// Sets how long things may take, and what is never done.
    private func bound() {
        unsafe ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        unsafe ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        unsafe ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        // Otherwise the end of a call whose name is still being looked up would hold up all others.
        unsafe ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        unsafe ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, (deadline - .now).milliseconds)
        unsafe ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectTimeout.milliseconds)
        unsafe ccurl_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        unsafe ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        unsafe ccurl_set_long(handle, CURLOPT_MAXAGE_CONN, 60)
        unsafe ccurl_set_long(handle, CURLOPT_MAXLIFETIME_CONN, 600)
        unsafe ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, call.isSentOnce ? 1 : 0)
        unsafe ccurl_set_long(handle, CURLOPT_FORBID_REUSE, call.isSentOnce ? 1 : 0)
    }

    private func route() {
        let isPlainAllowed = settings.plainHTTP == .loopbackAndLinkLocal && target.isLocal
        unsafe ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, isPlainAllowed ? "http,https" : "https")
        // Always set: libcurl would take a proxy from the environment.
        unsafe ccurl_set_text(handle, CURLOPT_PROXY, isDirect ? "" : settings.proxy ?? "")
        unsafe ccurl_set_text(handle, CURLOPT_NOPROXY, settings.noProxy)
        unsafe ccurl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    }

    /// What speaks plain HTTP on this machine is no proxy's business; a destination that calls itself local is.
    private var isDirect: Bool {
        !call.mayUseProxy || (target.isLocal && settings.plainHTTP == .loopbackAndLinkLocal)
    }

    /// Who is believed, and what is shown.
    private func authenticate(_ authorities: inout AuthorityFile) throws(TransportError) {
        unsafe ccurl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = settings.caFile {
            unsafe ccurl_set_text(handle, CURLOPT_PROXY_CAINFO, file)
            unsafe ccurl_set_text(handle, CURLOPT_PROXY_CAPATH, nil)
        }
        if let authority = settings.serverCA ?? (settings.caFile ?? AuthorityFile.ofSystem).map({ .file($0) }) {
            let present: PEM =
                switch authority {
                case .file(let file): .file(authorities.path(of: file))
                case .text: authority
                }
            try set(present, file: CURLOPT_CAINFO, text: CURLOPT_CAINFO_BLOB)
            // Otherwise the system's folder of CAs would be trusted too, and nothing that was read would be kept.
            unsafe ccurl_set_text(handle, CURLOPT_CAPATH, nil)
        }
        if let own = settings.clientCertificate {
            try set(own.chain, file: CURLOPT_SSLCERT, text: CURLOPT_SSLCERT_BLOB)
            try set(own.key, file: CURLOPT_SSLKEY, text: CURLOPT_SSLKEY_BLOB)
            // Otherwise OpenSSL would ask the terminal for the password of an encrypted key.
            unsafe ccurl_set_text(handle, CURLOPT_KEYPASSWD, "")
        }
    }

    private func set(_ pem: PEM, file: CURLoption, text: CURLoption) throws(TransportError) {
        let code =
            switch pem {
            case .file(let path): unsafe ccurl_set_text(handle, file, path)
            case .text(let secret):
                secret.withBytes { bytes in
                    unsafe bytes.withUnsafeBytes { unsafe ccurl_set_blob(handle, text, $0.baseAddress, $0.count) }
                }
            }
        guard code == CURLE_OK else { throw .overloaded }
    }

    /// Frees the handle and wipes the headers that it sent.
    func clean() {
        if let handle = unsafe handle { unsafe curl_easy_cleanup(handle) }
        unsafe HeaderList.wipe(headerList)
        unsafe curl_slist_free_all(connectTo)
        unsafe handle = nil
        unsafe headerList = nil
        unsafe connectTo = nil
    }

    func outcome(of code: CURLcode) -> Outcome {
        guard let answer = answer.take() else { return .failure(.answerTooLarge) }
        if answer.isOverflown {
            guard answer.isBodyOverflown, call.largeAnswer == .losesItsBody else { return .failure(.answerTooLarge) }
            return .success(answer.finish(status: status))
        }
        guard code == CURLE_OK else {
            let isLate = ContinuousClock.now >= deadline
            return .failure(
                TransportError(
                    code, wasSent: isSending, isLate: isLate,
                    isProxied: !isDirect && settings.hasProxy(for: target.host)))
        }
        guard status >= 200 else { return .failure(.malformedAnswer) }
        return answer.isInBody ? .success(answer.finish(status: status)) : .failure(.connectionLost)
    }

    private var status: Int {
        var status = 0
        unsafe ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    // MARK: libcurl's callbacks

    static func at(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        // libcurl gives back what `prepare` gave it.
        unsafe Unmanaged<CurlTransfer>.fromOpaque(context!).takeUnretainedValue()
    }

    private func open(_ address: UnsafePointer<curl_sockaddr>) -> curl_socket_t {
        guard let wanted = call.address, unsafe IPAddress(ccurl_socket_address(address)) == wanted else {
            return CURL_SOCKET_BAD
        }
        return unsafe socket(
            address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
    }

    private func receive(_ data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let bytes = unsafe UnsafeRawBufferPointer(start: data, count: count)
        return unsafe answer?.appendBody(bytes.bytes) ?? false ? count : 0
    }

    private func receiveHeader(_ data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
        let line = unsafe UnsafeRawBufferPointer(start: data, count: count)
        let status = status
        return unsafe answer?.appendHeader(line.bytes, status: status) ?? false ? count : 0
    }
}
