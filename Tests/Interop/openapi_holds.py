"""Has schemathesis ask a running broker all that its document lets one ask, and much that it does not, and compares
every answer with the document. Standard input: an object with "url", the tokens "admin" and "resolver" of team
research, and "destination", where a webhook may deliver. Ends with 0 when no answer is a server error or one that the
document does not allow, and every operation was answered with success at least once.

Nothing leaves the machine: what may deliver is asked first, when every webhook has an address of this machine.
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
    "response_schema_conformance,negative_data_rejection,unsupported_method,allow_header_conformance,ignored_auth")
CONFIG = """
[headers]
Authorization = "Bearer {token}"

[dictionaries]
team = {{ values = ["research"] }}
name = {{ values = {secrets} }}
webhook = {{ values = {webhooks} }}
id = {{ values = {tokens} }}

[parameters]
"path.team" = {{ dictionary = "team", probability = 0.9 }}
"path.name" = {{ dictionary = "name", probability = 0.7 }}
"path.webhook" = {{ dictionary = "webhook", probability = 0.9 }}
"path.id" = {{ dictionary = "id", probability = 0.5 }}

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


class Broker:
    def __init__(self, url, admin):
        self.url, self.headers = url, {"Authorization": f"Bearer {admin}"}
        self.document = requests.get(f"{url}/openapi.json", timeout=60).json()
        self.webhooks = ["none"]
        self.tokens = ["none"]
        # By operation: how often which status came.
        self.answered = collections.defaultdict(collections.Counter)

    def post(self, path, body):
        answer = requests.post(self.url + path, json=body, headers=self.headers, timeout=60)
        assert answer.status_code == 201, (path, answer.status_code, answer.text)
        return answer.json()

    def add_webhook(self, name, url, answer="status"):
        self.post("/v1/teams/research/webhooks", {"name": name, "url": url, "answer": answer, "confirm": True})
        self.webhooks.append(name)

    def add_token(self, **fields):
        return self.post("/v1/tokens", {"team": "research", **fields})

    def operation(self, method, path):
        """The id of the operation that a request is for."""
        for pattern, item in self.document["paths"].items():
            if method.lower() in item and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", pattern), path):
                return item[method.lower()]["operationId"]
        return None

    def ask(self, token, examples, *options):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/schemathesis.toml", "w") as file:
                file.write(CONFIG.format(
                    token=token, secrets=json.dumps(SECRETS), webhooks=json.dumps(self.webhooks),
                    tokens=json.dumps(self.tokens)))
            done = subprocess.run(
                [
                    os.path.join(os.path.dirname(sys.executable), "schemathesis"), "--no-color", "run",
                    f"{self.url}/openapi.json", "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
                    "--max-examples", str(examples), "--seed", "1", "--generation-database", "none", "--no-shrink",
                    "--suppress-health-check", "all", "--request-timeout", "60", "--warnings", "off",
                    "--report-har-path", "report.har", *options],
                cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                sys.exit(done.stdout)
            with open(f"{folder}/report.har") as file:
                for entry in json.load(file)["log"]["entries"]:
                    path = urllib.parse.urlsplit(entry["request"]["url"]).path
                    operation = self.operation(entry["request"]["method"], path)
                    self.answered[operation][entry["response"]["status"]] += 1

    def expect_audit_records(self):
        """The lines of the audit log, which schemathesis does not look into."""
        record = {"$ref": "#/components/schemas/AuditRecord", "components": self.document["components"]}
        validator = jsonschema.Draft202012Validator(record)
        lines = requests.get(f"{self.url}/v1/audit?limit=10000", headers=self.headers, timeout=60).text.splitlines()
        assert len(lines) > 100
        for line in lines:
            validator.validate(json.loads(line))

    def expect_all_answered(self):
        # The document itself schemathesis has from there, and does not ask for again.
        for operations in self.document["paths"].values():
            for method, operation in operations.items():
                if method == "parameters" or operation["operationId"] == "document":
                    continue
                statuses = self.answered[operation["operationId"]]
                assert any(200 <= status < 300 for status in statuses), (operation["operationId"], statuses)


def only(*operations):
    return [option for name in operations for option in ("--include-operation-id", name)]


def without(*operations):
    return [option for name in operations for option in ("--exclude-operation-id", name)]


settings = json.load(sys.stdin)
broker = Broker(settings["url"], settings["admin"])
for name in SECRETS:
    broker.post("/v1/teams/research/secrets", {"name": name, "value": f"value of {name}"})
broker.ask(settings["resolver"], 30, *only("resolve", "readValues"))

broker.add_webhook("deploy", settings["destination"])
wandb = broker.add_token(name="wandb", role="relay", webhook="deploy")["token"]
broker.ask(wandb, 12, *only("relay"))
broker.add_webhook("telling", settings["destination"], answer="body")
broker.add_webhook("refused", "https://127.0.0.1/")
broker.ask(settings["admin"], 12, *only("testWebhook"))

for number in range(6):
    broker.add_webhook(f"hook-{number}", "https://hooks.example.com/deploy")
    broker.tokens.append(broker.add_token(name="bob", role="member")["id"])
broker.ask(settings["admin"], 12, *without("resolve", "readValues", "relay", "testWebhook"))

broker.expect_audit_records()
broker.expect_all_answered()
for operation, statuses in broker.answered.items():
    print(operation, dict(sorted(statuses.items())))
