"""Prints what each module of `terraform/` grants the broker: one JSON object, {MODULE: [PERMISSION...]}. For AWS also
what it grants on a key: "aws_key"."""

import json
import re

import terraform_source as source


def aws(blocks):
    # The statements are a call of concat(), which the parser leaves as text.
    statements = source.local_values(blocks)["statements"]
    actions = re.findall(r'"([a-z]+:[A-Za-z*]+)"', statements)
    return [action for action in actions if action != "kms:ViaService"]


def google(blocks):
    roles = [body for (kind, _), body in source.resources(blocks).items() if kind == "google_project_iam_custom_role"]
    return [permission for role in roles for permission in role["permissions"]]


def azure(blocks):
    role = source.resources(blocks)["azurerm_role_definition", "broker"]
    permissions = source.one(role["permissions"])
    assert set(permissions) == {"data_actions"}, "the role has more than data actions"
    return permissions["data_actions"]


def kubernetes(blocks):
    roles = [body for (kind, _), body in source.resources(blocks).items() if "role" in kind and "binding" not in kind]
    granted = []
    for rule in source.one(roles)["rule"]:
        assert rule["api_groups"] == [""]
        granted += [f"{verb} {resource}" for resource in rule["resources"] for verb in rule["verbs"]]
    return granted


def main():
    blocks = {module: source.read(source.ROOT / module) for module in source.MODULES}
    granted = aws(blocks["aws"])
    print(json.dumps({
        "aws": [action for action in granted if not action.startswith("kms:")],
        "aws_key": [action for action in granted if action.startswith("kms:")],
        "google": google(blocks["google"]),
        "azure": azure(blocks["azure"]),
        "kubernetes": kubernetes(blocks["kubernetes"]),
    }))


main()
