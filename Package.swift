// swift-tools-version: 6.2
import PackageDescription

/// Only in the build of `make fuzz`: the fuzzer's view of our code, and the fuzzer itself in the place of one test.
let isFuzzing = Context.environment["SECRET_BROKER_FUZZING"] != nil
let fuzzing = isFuzzing ? ["-sanitize=fuzzer,address"] : []

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .strictMemorySafety(),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(fuzzing),
]

/// Of the product: a function runs where its caller runs, instead of asking the runtime at each call and return. What an
/// actor calls and should not wait behind says `@concurrent`.
let following = strict + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

/// A target of this package: the name says the folder, the list says all it may import of ours.
func part(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: following)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["Support"], swiftSettings: strict)
}

/// The same checks, replayed in a test or driven by libFuzzer.
func fuzz(_ dependencies: [Target.Dependency]) -> Target {
    isFuzzing
        ? .executableTarget(
            name: "fuzz", dependencies: dependencies, path: "Tests/Fuzz", exclude: ["Corpus", "Replay", "run"],
            swiftSettings: strict, linkerSettings: [.unsafeFlags(fuzzing + ["-use-ld=lld"])])
        : .testTarget(
            name: "FuzzTests", dependencies: dependencies + ["Support"], path: "Tests/Fuzz",
            exclude: ["Corpus", "Fuzzer", "run"], swiftSettings: strict)
}

extension Target.Dependency {
    static let algorithms = product(name: "Algorithms", package: "swift-algorithms")
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let grdbSQLite = product(name: "GRDBSQLite", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS = product(name: "HummingbirdTLS", package: "hummingbird")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let mustache = product(name: "Mustache", package: "swift-mustache")
    static let nioConcurrency = product(name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

let package = Package(
    name: "secret-broker",
    products: [.executable(name: "secret-broker", targets: ["secret-broker"])],
    traits: [
        .trait(
            name: "FaultInjection",
            description:
                "Kill points and ordered faults, for the tests. A build without it refuses the settings that order them."
        )
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-algorithms", from: "1.2.1"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CJansson", pkgConfig: "jansson", providers: [.apt(["libjansson-dev"])]),
        .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .target(name: "CWipe"),

        part("Broker", [.algorithms, .nioConcurrency]),
        part("Cryptography", ["COpenSSL"]),
        part("WireJSON", ["CJansson"]),
        part("Transport", ["Broker", "CCurl", .logging, .nioConcurrency, .nioPosix]),
        part(
            "Store",
            [
                "Broker", "CPostgreSQL", "Cryptography", "WireJSON", .grdb, .grdbSQLite, .logging, .nioConcurrency,
                .nioPosix,
            ]),
        .target(
            name: "Providers", dependencies: ["Broker", "Cryptography", "WireJSON", "Transport", .logging, .yams],
            path: "providers",
            exclude: ["README.md", "aws/README.md", "google/README.md", "azure/README.md", "kubernetes/README.md"],
            swiftSettings: following),
        part(
            "Simulator",
            [
                "Broker", "Cryptography", "WireJSON", .hummingbirdCore, .hummingbirdTLS, .httpTypes, .lifecycle,
                .logging, .nioCore, .nioPosix, .nioSSL,
            ]),
        part(
            "API",
            [
                "Broker", "Cryptography", "WireJSON", .hummingbird, .hummingbirdCore, .hummingbirdTLS, .httpTypes,
                .logging, .mustache, .nioConcurrency, .nioCore, .nioHTTPTypes, .nioPosix, .nioSSL,
            ]),
        .executableTarget(
            name: "secret-broker",
            dependencies: [
                "CWipe", "Broker", "Cryptography", "WireJSON", "Transport", "Store", "Providers", "Simulator", "API",
                .argumentParser, .lifecycle, .logging, .nioConcurrency, .nioCore, .nioSSL, .unixSignals, .yams,
            ],
            swiftSettings: following),

        .target(
            name: "Support",
            dependencies: [
                "Broker", "Cryptography", "WireJSON", "Transport", "Store", "Providers", "Simulator", "API", .logging,
                .nioConcurrency,
            ],
            path: "Tests/Support", swiftSettings: strict),
        tests("BrokerTests", ["Broker", "WireJSON"]),
        tests("CryptographyTests", ["Cryptography"]),
        tests("WireJSONTests", ["WireJSON", "Broker"]),
        tests("TransportTests", ["Transport", "Broker", "Cryptography", "Simulator", .nioConcurrency]),
        tests("StoreTests", ["Store", "Broker", "Cryptography", "WireJSON", .grdb, .logging, .nioConcurrency]),
        tests(
            "SimulatorTests",
            ["Simulator", "Broker", "Cryptography", "Transport", "WireJSON", .httpTypes, .nioConcurrency]),
        tests(
            "APITests",
            ["API", "Broker", "Store", "Transport", "Cryptography", "WireJSON", .httpTypes, .logging, .lifecycle]),
        tests(
            "ProviderTests",
            ["Providers", "Broker", "Transport", "Simulator", "Cryptography", "WireJSON", .nioConcurrency]),
        fuzz(["Broker", "CCurl", "Cryptography", "Providers", "Transport", "WireJSON"]),
        tests(
            "SystemTests",
            ["secret-broker", "Broker", "Providers", "Simulator", "Store", "Transport", .nioConcurrency]),
    ]
)
