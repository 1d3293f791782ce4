"""Has schemathesis ask a running broker all that its document lets one ask, and much that it does not, and compares
every answer with the document. Standard input: an object with "url" and the tokens "admin" and "resolver", of a broker
that knows team research. Ends with 0 when no answer is a server error or one that the document does not allow, and
every operation was answered with success at least once.

Nothing leaves the machine: where a call delivers, the webhook's address is one that the broker refuses.
"""

import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse

import jsonschema
import requests

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,"
    "ignored_auth")
CONFIG = """
[headers]
Authorization = "Bearer {token}"

[dictionaries]
teams = {{ values = ["research"] }}
secrets = {{ values = {secrets} }}
webhooks = {{ values = {webhooks} }}
tokens = {{ values = {tokens} }}

[parameters]
"path.team" = {{ dictionary = "teams", probability = 0.9 }}
"path.name" = {{ dictionary = "secrets", probability = 0.7 }}
"path.webhook" = {{ dictionary = "webhooks", probability = 0.9 }}
"path.id" = {{ dictionary = "tokens", probability = 0.5 }}

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 422]

# What one answer told must not become the next request: it would revoke the caller's own token.
[phases.examples]
extra-data-sources.responses = false
[phases.coverage]
extra-data-sources.responses = false
[phases.fuzzing]
extra-data-sources.responses = false
"""
SECRETS = ["GITHUB_TOKEN"] + [f"SECRET_{number}" for number in range(12)]
HOOKS = ["deploy"] + [f"hook-{number}" for number in range(6)]
REFUSED = [f"refused-{number}" for number in range(3)]


class Broker:
    def __init__(self, url, admin):
        self.url, self.admin = url, admin
        answer = requests.get(f"{url}/openapi.json", timeout=60)
        assert answer.headers["content-type"] == "application/json" and "x-request-id" in answer.headers
        self.document = answer.json()
        self.ids = []

    def post(self, path, body):
        answer = requests.post(
            self.url + path, json=body, headers={"Authorization": f"Bearer {self.admin}"}, timeout=60)
        assert answer.status_code == 201, (path, answer.status_code, answer.text)
        return answer.json()

    def add_hooks(self, names, url):
        for name in names:
            self.post("/v1/teams/research/webhooks", {"name": name, "url": url, "confirm": True})

    def expect_audit_records(self):
        """The lines of the audit log, which schemathesis does not look into."""
        record = {"$ref": "#/components/schemas/AuditRecord", "components": self.document["components"]}
        validator = jsonschema.Draft202012Validator(record)
        lines = requests.get(
            f"{self.url}/v1/audit?limit=10000", headers={"Authorization": f"Bearer {self.admin}"}, timeout=60)
        assert len(lines.text.splitlines()) > 100
        for line in lines.text.splitlines():
            validator.validate(json.loads(line))

    def operation(self, method, path):
        """The id of the operation that a request is for."""
        for pattern, item in self.document["paths"].items():
            if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return item[method.lower()]["operationId"]
        return None

    def operations(self):
        return {
            item[method]["operationId"] for item in self.document["paths"].values() for method in item
            if method != "parameters"}


def ask(broker, token, hooks, examples, options):
    """Runs schemathesis; answers which statuses each operation answered with."""
    with tempfile.TemporaryDirectory() as folder:
        config, report = f"{folder}/schemathesis.toml", f"{folder}/report.har"
        with open(config, "w") as file:
            file.write(CONFIG.format(
                token=token, secrets=json.dumps(SECRETS), webhooks=json.dumps(hooks), tokens=json.dumps(broker.ids)))
        done = subprocess.run(
            [
                os.path.join(os.path.dirname(sys.executable), "schemathesis"), "--no-color", "--config-file", config,
                "run", f"{broker.url}/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
                "--max-examples", str(examples), "--seed", "1", "--generation-database", "none", "--warnings", "off",
                "--continue-on-failure", "--no-shrink", "--report-har-path", report, *options],
            cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            print(done.stdout, file=sys.stderr)
            sys.exit(1)
        statuses = collections.defaultdict(collections.Counter)
        with open(report) as file:
            for entry in json.load(file)["log"]["entries"]:
                path = urllib.parse.urlsplit(entry["request"]["url"]).path
                operation = broker.operation(entry["request"]["method"], path)
                statuses[operation][entry["response"]["status"]] += 1
        return statuses


def included(*operations):
    return [option for name in operations for option in ("--include-operation-id", name)]


def excluded(*operations):
    return [option for name in operations for option in ("--exclude-operation-id", name)]


settings = json.load(sys.stdin)
broker = Broker(settings["url"], settings["admin"])
for name in SECRETS:
    broker.post("/v1/teams/research/secrets", {"name": name, "value": f"value of {name}"})
broker.add_hooks(HOOKS, "https://hooks.example.com/deploy")
broker.ids = [
    broker.post("/v1/tokens", {"name": "bob", "role": "member", "team": "research"})["id"] for _ in range(8)]

answered = ask(broker, settings["resolver"], HOOKS, 30, included("resolve", "readValues"))
answered.update(ask(
    broker, settings["admin"], HOOKS, 12, excluded("resolve", "readValues", "relay", "testWebhook")))

# Made last: what schemathesis does to a webhook may arm it with an address of its own.
broker.add_hooks(REFUSED, "https://127.0.0.1/")
token = broker.post(
    "/v1/tokens", {"name": "wandb", "role": "relay", "team": "research", "webhook": REFUSED[0]})["token"]
answered.update(ask(broker, settings["admin"], REFUSED, 12, included("testWebhook")))
answered.update(ask(broker, token, REFUSED, 12, included("relay")))

broker.expect_audit_records()

for operation in sorted(answered, key=str):
    print(operation, dict(sorted(answered[operation].items())))
# Not asked by schemathesis, since it has the document from there.
unproven = {
    operation for operation in broker.operations() - {"document"}
    if not any(200 <= status < 300 for status in answered[operation])
    and not (operation in ("relay", "testWebhook") and answered[operation][422])}
assert not unproven, unproven
