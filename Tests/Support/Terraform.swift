import Foundation

/// Terraform, and its plugin for AWS in a folder of this machine: neither is fetched.
package enum Terraform {
    /// The folder that `TF_PLUGIN_DIR` names, as `terraform init -plugin-dir` wants it; nil without it.
    package static let pluginFolder = ProcessInfo.processInfo.environment["TF_PLUGIN_DIR"].flatMap {
        $0.isEmpty ? nil : $0
    }

    package static let isInstalled = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/terraform") }

    package static let modules = ["aws", "google", "azure", "kubernetes"]

    /// What each module grants the broker, read from its source. `aws_key` is what AWS's module grants on a key.
    package static func grants() async throws -> [String: Set<String>] {
        let (status, output) = try await PythonEnvironment.run("terraform_grants.py", [])
        guard status == 0 else { throw Unreadable() }
        return try JSONDecoder().decode([String: Set<String>].self, from: Data(output.utf8))
    }

    package struct Unreadable: Error {}
}
