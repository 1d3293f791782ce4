import Broker

/// A cloud behind its front: what its requests ask for, and how each is answered.
protocol FrontedCloud: Sendable {
    associatedtype Operation: Sendable

    /// Finds out what a request asks for. If the cloud has nothing of the kind, throws its answer to that.
    static func route(_ request: CloudRequest) throws(Misdirected) -> Operation
    /// The operation's name in call counts and fault orders.
    static func name(of operation: Operation) -> String
    /// - Parameter arrived: when the sign-in must be valid. The effect is at the present time: the request may have
    ///   been held in between.
    func answer(_ operation: Operation, to request: CloudRequest, arrived: Timestamp) async -> CloudAnswer
    #if FaultInjection
    static func dialect(of operation: Operation) -> any FaultDialect
    #endif
}

struct Misdirected: Error {
    let answer: CloudAnswer
}

/// Takes requests in: routes and counts them, and lets ordered faults happen.
struct CloudFront<Cloud: FrontedCloud>: Sendable {
    let cloud: Cloud
    let clock: @Sendable () -> Timestamp
    let callLog = CallLog()
    #if FaultInjection
    let faults = Faults()
    #endif

    @Sendable func respond(to request: CloudRequest) async -> Delivery {
        let arrived = clock()
        let operation: Cloud.Operation
        do throws(Misdirected) {
            operation = try Cloud.route(request)
        } catch {
            return .whole(error.answer)
        }
        let name = Cloud.name(of: operation)
        await callLog.record(name)
        #if FaultInjection
        return await faults.deliver(name, to: request, in: Cloud.dialect(of: operation)) {
            await cloud.answer(operation, to: request, arrived: arrived)
        }
        #else
        return .whole(await cloud.answer(operation, to: request, arrived: arrived))
        #endif
    }
}
