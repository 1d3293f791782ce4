"""Holds a module of `terraform/` to the shape that the registry expects and to what its README promises, without
running anything. Prints each fault; fails on any.

usage: terraform_structure.py MODULE
"""

import json
import re
import sys

import terraform_source as source

FILES = ["main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md"]
# Variables of free text: nothing can be said of them.
FREE = {
    "aws": {"create_kms_key", "permissions_boundary", "tags"},
    "google": {"create_kms_keys", "enable_api"},
    "azure": {"resource_group_name", "location", "purge_protection", "network", "tags"},
    "kubernetes": {
        "create_namespace", "image_pull_secrets", "service_account_annotations", "pod_labels", "tls_secret_name",
        "storage_class", "resources", "lock_memory", "allow_eviction", "labels",
    },
}


def main():
    module = sys.argv[1]
    folder = source.ROOT / module
    missing = [name for name in FILES if not (folder / name).is_file()]
    if missing:
        sys.exit(f"{module}: missing {', '.join(missing)}")
    blocks = source.read(folder)
    checks = [shape, names, versions, readme, examples, globals()[module]]
    faults = [fault for check in checks for fault in check(module, folder, blocks)]
    for fault in faults:
        print(f"{module}: {fault}")
    sys.exit(bool(faults))


def shape(module, folder, blocks):
    variables = source.labelled(blocks, "variable")
    for name, body in variables.items():
        if not body.get("description"):
            yield f"the variable {name} has no description"
        if "type" not in body:
            yield f"the variable {name} has no type"
        if "validation" not in body and name not in FREE[module]:
            yield f"the variable {name} takes anything"
        for validation in body.get("validation", []):
            if not str(validation.get("error_message", "")).endswith((".", "...")):
                yield f"a validation of the variable {name} says no sentence"
    for name in FREE[module] - set(variables):
        yield f"there is no variable {name}"
    for name, body in source.labelled(blocks, "output").items():
        if not body.get("description"):
            yield f"the output {name} has no description"
    for name in {"store_uri", "environment"} - set(source.labelled(blocks, "output")):
        yield f"there is no output {name}"
    if "provider" in blocks:
        yield "a module configures no provider"


def names(module, folder, blocks):
    """What is used is declared, and what is declared is used."""
    text = "\n".join(path.read_text() for path in sorted(folder.glob("*.tf")))
    code = re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE)
    for prefix, declared in [
        ("var", set(source.labelled(blocks, "variable"))), ("local", set(source.local_values(blocks)))
    ]:
        used = set(re.findall(rf"\b{prefix}\.([a-z0-9_]+)", code))
        for name in sorted(used - declared):
            yield f"{prefix}.{name} is not declared"
        for name in sorted(declared - used):
            yield f"{prefix}.{name} is not used"
    declared = {f"{kind}.{name}" for kind, name in source.resources(blocks)}
    kinds = "(?:aws|google|azurerm|kubernetes)_[a-z0-9_]+"
    for reference in sorted(set(re.findall(rf"(?<![.\w])({kinds}\.[a-z_]+)\b", code)) - declared):
        # Sentences name variables.
        if reference.split(".")[0] not in source.labelled(blocks, "variable"):
            yield f"{reference} is not declared"
    data = {f"{kind}.{name}" for kind, name in source.resources(blocks, "data")}
    for reference in sorted(set(re.findall(rf"\bdata\.({kinds}\.[a-z_]+)\b", code)) - data):
        yield f"data.{reference} is not declared"


def versions(module, folder, blocks):
    settings = source.one(blocks["terraform"])
    if not settings["required_version"].startswith(">="):
        yield "any version of Terraform is taken"
    for name, provider in source.one(settings["required_providers"]).items():
        if provider["source"] != f"hashicorp/{name}" or "<" not in provider["version"]:
            yield f"the provider {name} is not pinned below its next major version"


def readme(module, folder, blocks):
    text = (folder / "README.md").read_text()
    for kind in ["variable", "output"]:
        for name in source.labelled(blocks, kind):
            if f"`{name}`" not in text:
                yield f"README.md does not say what the {kind} {name} is"
    applied = re.search(r"^\*\*Applied\*\*: .*\b20\d\d-\d\d-\d\d\b", text, re.MULTILINE)
    not_applied = re.search(r"^\*\*Not applied\*\*: .*\b20\d\d-\d\d-\d\d\b", text, re.MULTILINE)
    if not (applied if module == "aws" else not_applied):
        yield "README.md does not say, with a date, whether the module was applied"


def examples(module, folder, blocks):
    found = sorted(path for path in (folder / "examples").iterdir() if path.is_dir())
    if not found:
        yield "there is no example"
    required = {name for name, body in source.labelled(blocks, "variable").items() if "default" not in body}
    known = set(source.labelled(blocks, "variable"))
    for example in found:
        calls = [
            body for body in source.labelled(source.read(example), "module").values() if body["source"] == "../.."
        ]
        if len(calls) != 1:
            yield f"{example.name} does not use the module once"
            continue
        given = set(calls[0]) - {"source"}
        for name in sorted(required - given):
            yield f"{example.name} does not set {name}"
        for name in sorted(given - known):
            yield f"{example.name} sets {name}, which there is not"


def aws(module, folder, blocks):
    values = source.local_values(blocks)
    if not values["secrets"].endswith(":secret:${var.namespace}-*"):
        yield "the grant is not on the namespace's own names"
    if re.findall(r'Sid\s*=\s*"(\w+)"', values["statements"]) != ["OwnSecrets", "AdoptedSecrets", "OwnKey"]:
        yield "the policy has other statements"


def google(module, folder, blocks):
    found = source.resources(blocks)
    roles = {name: body for (kind, name), body in found.items() if kind == "google_project_iam_custom_role"}
    if roles["create"]["permissions"] != ["secretmanager.secrets.create"]:
        yield "the role without a condition holds more than create"
    if "condition" in found["google_project_iam_member", "create"]:
        yield "create has a condition, which cannot hold"
    condition = source.one(found["google_project_iam_member", "use"]["condition"])
    wanted = r'resource.name.startsWith(\"projects/${data.google_project.current.number}/${local.names}\")'
    if condition["expression"].replace('\\"', '"') != wanted.replace('\\"', '"'):
        yield f"the condition is {condition['expression']}"
    if not source.local_values(blocks)["names"].endswith("secrets/${var.namespace}-"):
        yield "the condition is not on the namespace's own names"
    for (kind, name), body in found.items():
        if kind.endswith(("_iam_binding", "_iam_policy")):
            yield f"{kind}.{name} would take away what others were granted"
        role = body.get("role", "")
        if kind == "google_project_iam_member" and "custom_role" not in role:
            yield f"{kind}.{name} grants {role} on the project"


def azure(module, folder, blocks):
    found = source.resources(blocks)
    vault = found["azurerm_key_vault", "values"]
    if vault["rbac_authorization_enabled"] is not True or "access_policy" in vault:
        yield "the vault is not governed by roles"
    if vault["purge_protection_enabled"] != "${var.purge_protection}":
        yield "purge protection is not the operator's to choose"
    if found["azurerm_role_assignment", "broker"]["scope"] != "${azurerm_key_vault.values.id}":
        yield "the role is assigned on more than the vault"
    role = found["azurerm_role_definition", "broker"]
    if any("*" in action for action in source.one(role["permissions"])["data_actions"]):
        yield "the role holds a wildcard"
    credential = found["azurerm_federated_identity_credential", "aks"]
    if credential["audience"] != ["api://AzureADTokenExchange"]:
        yield "the federated credential is for another audience"


def kubernetes(module, folder, blocks):
    found = source.resources(blocks)
    kinds = [kind for kind, _ in found]
    for kind in kinds:
        if "cluster_role" in kind:
            yield "there is a role of the whole cluster"
        if kind.startswith("kubernetes_secret"):
            yield "a Secret would be in Terraform's state"
        if not kind.endswith("_v1"):
            yield f"{kind} is deprecated"
    deployment = source.one(found["kubernetes_deployment_v1", "broker"]["spec"])
    pod = source.one(source.one(deployment["template"])["spec"])
    container = source.one(pod["container"])
    yield from catalog(source.local_values(blocks), found, deployment, pod, container)
    expected = {
        "pod.security_context": (pod["security_context"], {"run_as_non_root": True, "fs_group": "${var.user_id}"}),
        "pod.seccomp": (source.one(pod["security_context"])["seccomp_profile"], {"type": "RuntimeDefault"}),
        "container.security_context": (
            container["security_context"],
            {"read_only_root_filesystem": True, "privileged": False, "run_as_non_root": True,
             "allow_privilege_escalation": "${var.lock_memory}"}),
        "container.capabilities": (
            source.one(container["security_context"])["capabilities"],
            {"drop": ["ALL"], "add": '${var.lock_memory ? ["IPC_LOCK"] : []}'}),
        "liveness": (source.one(container["liveness_probe"])["http_get"], {"path": "/healthz"}),
        "readiness": (source.one(container["readiness_probe"])["http_get"], {"path": "/readyz"}),
    }
    for name, (block, wanted) in expected.items():
        for key, value in wanted.items():
            if source.one(block)[key] != value:
                yield f"{name} has {key} = {source.one(block)[key]}"
    if pod["automount_service_account_token"] != "${local.in_kubernetes}":
        yield "a token of the cluster is mounted where no store needs it"
    if "limits" not in source.one(container["resources"]) or "requests" not in source.one(container["resources"]):
        yield "the container has no resources"
    budget = source.one(found["kubernetes_pod_disruption_budget_v1", "broker"]["spec"])
    if "max_unavailable" not in budget:
        yield "the budget counts what is available: with one replica no node could be drained"
    policy = source.one(found["kubernetes_network_policy_v1", "broker"]["spec"])
    if policy["policy_types"] != ["Ingress", "Egress"]:
        yield "the network policy leaves a direction open"
    if any("dynamic" not in rule for rule in policy["ingress"]):
        yield "a rule lets everybody in"
    role = found["kubernetes_role_v1", "values"]
    if role["count"] != "${local.in_kubernetes ? 1 : 0}":
        yield "there is a Role where the store is not in Kubernetes"
    if "list" in json.dumps(role["rule"]) or "watch" in json.dumps(role["rule"]):
        yield "the Role lists"
    if "kubernetes_store_not_recommended" not in source.labelled(blocks, "check"):
        yield "a store in Kubernetes is not warned of"


def catalog(values, found, deployment, pod, container):
    """In SQLite one broker, never two for a moment, and a volume; in PostgreSQL several, and none."""
    if values["is_shareable"] != "${var.replicas == 1 || local.in_postgresql}":
        yield "two brokers may share a file"
    if values["in_postgresql"] != "${var.catalog_url_secret != null}":
        yield "PostgreSQL is something else than a URL in a Secret"
    demanded = source.one(found["kubernetes_deployment_v1", "broker"]["lifecycle"])["precondition"]
    for condition in ["${local.is_shareable}", "${local.is_database_reachable}"]:
        if condition not in [each["condition"] for each in demanded]:
            yield f"{condition} is not demanded"
    if deployment["replicas"] != "${var.replicas}":
        yield f"there are {deployment['replicas']} brokers"
    strategy = source.one(deployment["strategy"])
    if strategy["type"] != '${local.in_postgresql ? "RollingUpdate" : "Recreate"}':
        yield "at an update two brokers may share a file"
    rolling = dynamic(strategy, "rolling_update")
    if source.one(rolling)["content"] != [{"max_surge": "1", "max_unavailable": "0"}]:
        yield "at an update there are fewer brokers"
    claim = found["kubernetes_persistent_volume_claim_v1", "catalog"]
    if claim["count"] != "${local.in_postgresql ? 0 : 1}":
        yield "there is a volume where the catalog is in PostgreSQL, or none where it is a file"
    if source.one(claim["lifecycle"])["prevent_destroy"] is not True or claim["wait_until_bound"] is not False:
        yield "the catalog's volume can be destroyed, or is waited for"
    for body, kind in [(pod, "volume"), (container, "volume_mount")]:
        named = [each for each in dynamic(body, kind) if source.one(each["content"])["name"] == "catalog"]
        if source.one(named)["for_each"] != "${kubernetes_persistent_volume_claim_v1.catalog}":
            yield f"the {kind} of the catalog is not as its claim"
    told = [each for each in dynamic(container, "env") if "value_from" in source.one(each["content"])]
    if source.one(told)["for_each"] != "${var.catalog_url_secret[*]}":
        yield "the URL of the catalog is not taken from its Secret"
    spread = source.one(dynamic(pod, "topology_spread_constraint"))
    if "kubernetes.io/hostname" not in spread["for_each"]:
        yield "several brokers may be on one node"


def dynamic(body, kind):
    return [block[kind] for block in body["dynamic"] if kind in block]


main()
