import Broker

/// A cloud behind its front: what its requests ask for, and what each comes to.
protocol FrontedCloud: Sendable {
    associatedtype Operation: Sendable

    /// What a request asks for. Throws what the cloud answers to a request for nothing that it has.
    static func route(_ request: CloudRequest) throws(Misdirected) -> Operation
    /// The name in call counts and fault orders.
    static func name(of operation: Operation) -> String
    /// - Parameter arrived: when the sign-in must hold. The effect is now: a request may have been held between.
    func answer(_ operation: Operation, to request: CloudRequest, arrived: Timestamp) async -> CloudAnswer
    #if FaultInjection
    static func dialect(of operation: Operation) -> any FaultDialect
    #endif
}

struct Misdirected: Error {
    let answer: CloudAnswer
}

/// Where requests come in: routes and counts them, and lets ordered faults happen.
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
