import WireJSON

/// What the API says it has, for clients that look before they call.
enum KubernetesDiscovery {
    static var version: JSONObject {
        json([
            ("major", "1"), ("minor", "33"), ("gitVersion", "v1.33.0"), ("gitCommit", ""), ("gitTreeState", "clean"),
            ("buildDate", "2025-04-23T13:07:12Z"), ("goVersion", "go1.24.2"), ("compiler", "gc"),
            ("platform", "linux/amd64"),
        ])
    }

    static func answer(_ path: String) -> JSONObject {
        switch path {
        case "/api":
            let versions = json([("kind", "APIVersions")])
            versions.set("versions", ["v1"])
            return versions
        case "/apis":
            let list = json([("kind", "APIGroupList"), ("apiVersion", "v1")])
            list.set("groups", ["authentication.k8s.io", "authorization.k8s.io"].map(group))
            return list
        case "/api/v1":
            return resources(
                "v1",
                [resource("secrets", "Secret", isNamespaced: true, ["create", "delete", "get", "list", "update"])])
        default:
            let group = path.split(separator: "/")[1]
            let kinds = KubernetesOperation.ReviewKind.allCases.filter { $0.group == group }
            return resources(
                "\(group)/v1",
                kinds.map { resource($0.resource, $0.rawValue, isNamespaced: $0 == .localAccess, ["create"]) })
        }
    }

    private static func json(_ texts: [(String, String)]) -> JSONObject {
        let json = JSONObject()
        for (key, text) in texts { json.set(key, text) }
        return json
    }

    private static func group(_ name: String) -> JSONObject {
        let version = json([("groupVersion", "\(name)/v1"), ("version", "v1")])
        let group = json([("name", name)])
        group.set("versions", [version])
        group.set("preferredVersion", version)
        return group
    }

    private static func resources(_ version: String, _ resources: [JSONObject]) -> JSONObject {
        let list = json([("kind", "APIResourceList"), ("apiVersion", "v1"), ("groupVersion", version)])
        list.set("resources", resources)
        return list
    }

    private static func resource(
        _ name: String, _ kind: String, isNamespaced: Bool, _ verbs: [String]
    ) -> JSONObject {
        let resource = json([("name", name), ("singularName", kind.lowercased()), ("kind", kind)])
        resource.set("namespaced", isNamespaced)
        resource.set("verbs", verbs)
        return resource
    }
}
