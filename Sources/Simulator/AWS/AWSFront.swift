import Broker

/// Where requests come in: routes and counts them, and lets ordered faults happen.
struct AWSFront: Sendable {
    let cloud: AWSCloud
    let clock: @Sendable () -> Timestamp
    let callLog = CallLog()
    #if FaultInjection
    let faults = Faults()
    #endif

    @Sendable func respond(to request: CloudRequest) async -> Delivery {
        let arrived = clock()
        switch AWSOperation.route(request) {
        case .failure(let unknown):
            return .whole(unknown.answer)
        case .success(let operation):
            await callLog.record(operation.name)
            #if FaultInjection
            return await faults.deliver(operation.name, in: AWSFaultDialect(operation: operation)) {
                await cloud.answer(operation, to: request, arrived: arrived)
            }
            #else
            return .whole(await cloud.answer(operation, to: request, arrived: arrived))
            #endif
        }
    }
}
