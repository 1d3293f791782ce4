import Broker

/// A region whose name is checked, since it becomes part of the host that credentials are sent to.
struct AWSRegion: Sendable, Hashable {
    let name: String

    /// Reads two to five groups of lower-case letters and a number of one or two digits, joined by hyphens.
    init?(_ name: String) {
        let groups = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard name.utf8.count <= 32, (3...6).contains(groups.count), let number = groups.last,
            (1...2).contains(number.count), number.allSatisfy(\.isDigit),
            groups.dropLast().allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isLowercaseLetter) })
        else { return nil }
        self.name = name
    }

    var partition: AWSPartition {
        AWSPartition.all.first { name.hasPrefix($0.regionPrefix) } ?? .commercial
    }
}

/// A separate AWS, with regions, names and ARNs of its own. From botocore's `partitions.json`.
struct AWSPartition: Sendable, Hashable {
    /// The name in ARNs.
    let name: String
    let regionPrefix: String
    let suffix: String
    let dualStackSuffix: String

    static let commercial = AWSPartition(
        name: "aws", regionPrefix: "", suffix: "amazonaws.com", dualStackSuffix: "api.aws")
    static let china = AWSPartition(
        name: "aws-cn", regionPrefix: "cn-", suffix: "amazonaws.com.cn", dualStackSuffix: "api.amazonwebservices.com.cn"
    )
    static let government = AWSPartition(
        name: "aws-us-gov", regionPrefix: "us-gov-", suffix: "amazonaws.com", dualStackSuffix: "api.aws")

    static let all = [
        china, government,
        AWSPartition(
            name: "aws-eusc", regionPrefix: "eusc-", suffix: "amazonaws.eu",
            dualStackSuffix: "api.amazonwebservices.eu"),
        AWSPartition(
            name: "aws-iso", regionPrefix: "us-iso-", suffix: "c2s.ic.gov", dualStackSuffix: "api.aws.ic.gov"),
        AWSPartition(
            name: "aws-iso-b", regionPrefix: "us-isob-", suffix: "sc2s.sgov.gov", dualStackSuffix: "api.aws.scloud"),
        AWSPartition(
            name: "aws-iso-e", regionPrefix: "eu-isoe-", suffix: "cloud.adc-e.uk",
            dualStackSuffix: "api.cloud-aws.adc-e.uk"),
        AWSPartition(
            name: "aws-iso-f", regionPrefix: "us-isof-", suffix: "csp.hci.ic.gov",
            dualStackSuffix: "api.aws.hci.ic.gov"),
        commercial,
    ]
}

/// Where a service of AWS is reached, and for which region requests to it are signed.
struct AWSEndpoint: Sendable, Hashable {
    enum Service: String, Sendable, CaseIterable {
        case secretsManager = "secretsmanager"
        case securityTokens = "sts"
    }

    struct Variant: Sendable, Hashable {
        var isFIPS = false
        var isDualStack = false
    }

    let service: Service
    let region: AWSRegion
    /// `https://host[:port]`, without a path; `http` only for loopback.
    let base: String
    /// The value for the `Host` header.
    let host: String
    /// The endpoint that was configured, if it is not AWS's own for the region.
    let override: BaseURL?

    /// The override, if it may lead to a service other than AWS's own in the region. VPC endpoints have names of AWS's.
    var foreign: BaseURL? {
        let partition = region.partition
        return override.flatMap { base in
            [partition.suffix, partition.dualStackSuffix].contains(where: base.isWithin) ? nil : base
        }
    }

    /// A stand-in where no endpoint is known.
    static let unset = AWSEndpoint(.securityTokens, in: AWSRegion("us-east-1")!, variant: Variant())

    init(_ service: Service, in region: AWSRegion, at override: BaseURL) {
        self.service = service
        self.region = region
        self.override = override
        base = override.text
        host = override.host
    }

    /// Makes AWS's own endpoint, by botocore's rule sets, whose exceptions these are.
    init(_ service: Service, in region: AWSRegion, variant: Variant) {
        let partition = region.partition
        let label: String
        let isDualStack: Bool
        switch service {
        case .secretsManager:
            // In these partitions, the plain name has IPv6 addresses too.
            let isBoth =
                partition == .commercial || partition == .government || (partition == .china && !variant.isFIPS)
            label = variant.isFIPS ? "secretsmanager-fips" : "secretsmanager"
            isDualStack = variant.isDualStack && !isBoth
        case .securityTokens:
            let isPlainNameFIPS = partition == .government && !variant.isDualStack
            label = variant.isFIPS && !isPlainNameFIPS ? "sts-fips" : "sts"
            isDualStack = variant.isDualStack
        }
        self.service = service
        self.region = region
        override = nil
        host = "\(label).\(region.name).\(isDualStack ? partition.dualStackSuffix : partition.suffix)"
        base = "https://\(host)"
    }
}
