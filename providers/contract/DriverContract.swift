import Broker

/// The contract that every driver keeps, sentence by sentence: what any store must do. What a driver must make of a
/// cloud that fails needs a cloud that fails on demand, and is among the tests.
package enum DriverContract {
    package static let cases =
        creating + reading + purging + naming
        + [
            ContractCase("finds nothing wrong in a check, and leaves nothing of it") {
                bench async throws(ContractCase.Broken) in
                let failures = await bench.store.provider.check().filter { $0.severity == .failure }
                guard let first = failures.first else { return }
                throw .init("the check found \(first.code)")
            }
        ]

    private static let creating = [
        ContractCase("reads back every kind of text, byte for byte") { bench async throws(ContractCase.Broken) in
            for text in texts {
                try await bench.expect(try await bench.createObject(Secret(text)))
            }
        },
        ContractCase("takes a value as large as the store says, and one of one byte") {
            bench async throws(ContractCase.Broken) in
            for size in [1, bench.store.maximumValueSize] {
                try await bench.expect(try await bench.createObject(bench.newValue(ofSize: size)))
            }
        },
        ContractCase("takes a repeated create for the same one, and answers a pin of the same bytes") {
            bench async throws(ContractCase.Broken) in
            let first = try await bench.createObject(bench.newValue())
            try await bench.expect(first)
            for _ in 1...2 {
                switch await bench.create(first.value, at: first.reference) {
                case .success(let pin):
                    try await bench.expect(.init(reference: first.reference, pin: pin, value: first.value))
                case .failure(let error): throw .init("the repeated create failed", error)
                }
            }
            try await bench.expect(first)
        },
        ContractCase("refuses another value at a reference that exists, or keeps it apart") {
            bench async throws(ContractCase.Broken) in
            let first = try await bench.createObject(bench.newValue())
            try await bench.expect(first)
            let other = bench.newValue()
            switch await bench.create(other, at: first.reference) {
            case .success(let pin) where pin == first.pin: throw .init("another value was taken under the same pin")
            case .success(let pin): try await bench.expect(.init(reference: first.reference, pin: pin, value: other))
            case .failure(let error) where error.kind == .conflict: break
            case .failure(let error): throw .init("it was refused otherwise than with conflict", error)
            }
            try await bench.expect(first)
        },
        ContractCase("makes one readable object of creates of one reference at the same moment") {
            bench async throws(ContractCase.Broken) in
            let (reference, value) = (await bench.newReference(), bench.newValue())
            let outcomes = await atOnce(8) { await bench.create(value, at: reference) }
            let pins = outcomes.compactMap { try? $0.get() }
            guard !pins.isEmpty else { throw .init("none of them succeeded") }
            for pin in pins { try await bench.expect(.init(reference: reference, pin: pin, value: value)) }
        },
    ]

    private static let reading = [
        ContractCase("finds nothing at a reference that never was") { bench async throws(ContractCase.Broken) in
            let pin = try await bench.createObject(bench.newValue()).pin
            try await bench.expectAbsent(await bench.newReference(), at: pin)
        },
        ContractCase("finds nothing at another pin than the one that was answered") {
            bench async throws(ContractCase.Broken) in
            let first = try await bench.createObject(bench.newValue())
            try await bench.expect(first)
            for pin in otherPins(than: first.pin) { try await bench.expectAbsent(first.reference, at: pin) }
        },
        ContractCase("does not mix up what it reads at the same moment") { bench async throws(ContractCase.Broken) in
            var objects: [ContractBench.Object] = []
            for _ in 1...6 { objects.append(try await bench.createObject(bench.newValue())) }
            for object in objects { try await bench.expect(object) }
            let all = objects
            let isOwn = await atOnce(24) { index in
                let object = all[index % all.count]
                let found = try? await bench.read(object.reference, at: object.pin).get()
                return found?.matches(object.value)
            }
            if isOwn.contains(false) { throw .init("another object's value was read") }
            if !isOwn.contains(true) { throw .init("none of them was read") }
        },
    ]

    private static let purging = [
        ContractCase("leaves nothing to read of what it purged") { bench async throws(ContractCase.Broken) in
            let object = try await bench.createObject(bench.newValue())
            try await bench.expect(object)
            try await bench.expectPurged(object)
        },
        ContractCase("takes what is absent for purged") { bench async throws(ContractCase.Broken) in
            guard try await bench.expectPurge(of: await bench.newReference()) == .gone else {
                throw .init("it is held")
            }
        },
        ContractCase("answers a repeated purge as the first, or with gone") { bench async throws(ContractCase.Broken) in
            let object = try await bench.createObject(bench.newValue())
            try await bench.expect(object)
            let first = try await bench.expectPurged(object)
            for _ in 1...2 {
                switch (first, try await bench.expectPurge(of: object.reference)) {
                case (_, .gone): continue
                case (.gone, .held): throw .init("what was gone is held")
                case (.held(let before), .held(let after)) where after.isWithinAMinute(of: before): continue
                case (.held, .held): throw .init("the date changed with the second purge")
                }
            }
        },
        ContractCase("purges one object and spares all others") { bench async throws(ContractCase.Broken) in
            let (first, second) = (
                try await bench.createObject(bench.newValue()), try await bench.createObject(bench.newValue())
            )
            try await bench.expectPurged(first)
            try await bench.expect(second)
        },
    ]

    private static let naming = [
        ContractCase("takes every team and name that the broker takes") { bench async throws(ContractCase.Broken) in
            for (team, name) in hostileNames {
                let reference = await bench.newReference(team, name)
                let value = bench.newValue()
                switch await bench.create(value, at: reference) {
                case .success(let pin):
                    try await bench.expect(.init(reference: reference, pin: pin, value: value))
                case .failure(let error): throw .init("\(reference) was refused", error)
                }
            }
        },
        ContractCase("makes a name free at once that was purged") { bench async throws(ContractCase.Broken) in
            for _ in 1...3 {
                let object = try await bench.createObject(bench.newValue())
                try await bench.expect(object)
                try await bench.expectPurged(object)
            }
        },
    ]
}

extension DriverContract {
    static let texts = [
        "x", " leading and trailing ", "line\nline\r\n\ttab", "\"quoted\" \\backslash\\ /slash/",
        "${OTHER} $${X} {{y}}",
        "\"}, {\"a\": \"b", "päss wörd \u{1F511} \u{05D0}\u{05D1} \u{2028}", "null", "0", "{\"json\": [1, 2.50]}",
        "-----BEGIN KEY-----\nAAAA+/==\n-----END KEY-----\n", "<script>alert('x')</script>&amp;%41+",
    ]

    /// Names that differ only in case, the longest ones, digits first, only underscores, an end like AWS's own suffix,
    /// all signs.
    static let hostileNames: [(TeamName, SecretName)] = {
        let longTeam = String(repeating: "t", count: 64)
        let longName = String(repeating: "N", count: 128)
        let pairs = [
            ("a", "KEY"), ("a", "key"), (longTeam, longName), ("0.9_-", "0123"), ("9", "___"), ("a-b", "x_a1b2c3"),
            ("a", "__a1b2c3"), ("a.b.c", "A"), ("default", "latest"), ("a--b", "__proto__"),
        ]
        return pairs.map { (TeamName($0)!, SecretName($1)!) }
    }()

    /// Pins in the formats of the clouds, and one that differs in its last character.
    static func otherPins(than pin: Pin) -> [Pin] {
        let last = pin.text.last == "0" ? "1" : "0"
        return [
            Pin(pin.text.dropLast() + last), Pin("2"), Pin("latest"), Pin(String(repeating: "0", count: 32)),
            Pin("00000000-0000-4000-8000-000000000000"), Pin(String(repeating: "f", count: 64)),
        ].filter { $0 != pin }
    }

    private static func atOnce<Answer: Sendable>(
        _ count: Int, _ call: @escaping @Sendable (Int) async -> Answer
    ) async -> [Answer] {
        await withTaskGroup(of: Answer.self) { group in
            for index in 0..<count { group.addTask { await call(index) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
    }

    private static func atOnce<Answer: Sendable>(
        _ count: Int, _ call: @escaping @Sendable () async -> Answer
    ) async -> [Answer] {
        await atOnce(count) { _ in await call() }
    }
}

extension Timestamp {
    fileprivate func isWithinAMinute(of other: Timestamp) -> Bool {
        since(other) < .seconds(60) && other.since(self) < .seconds(60)
    }
}
