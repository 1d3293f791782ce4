"""Validates requests against the discovery documents that Google's API client ships.

Reads one JSON object a line from standard input: {"method", "target", "body", "form"}. Prints how many are valid; status 1
and a line for each that is not.
"""

import base64
import json
import re
import sys
import urllib.parse
from pathlib import Path

import googleapiclient

documents = [
    json.loads((Path(googleapiclient.__file__).parent / f"discovery_cache/documents/{name}.json").read_text())
    for name in ("secretmanager.v1", "sts.v1", "iamcredentials.v1")
]


def methods(resource):
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from methods(inner)


def pattern(method):
    """The path with its parameters as Google restricts them."""
    restrictions = {name: parameter["pattern"].strip("^$") for name, parameter in method["parameters"].items()
                    if "pattern" in parameter}
    def expression(match):
        return f"(?:{restrictions.get(match[1], '[^/]+')})"
    return re.sub(r"\{\+?(\w+)\}", expression, method["path"].replace(".", r"\."))


def check(value, schema, document, path):
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = schema.get("type")
    if kind == "object":
        assert isinstance(value, dict), f"{path} is no object"
        for key, member in value.items():
            known = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            assert known, f"{path}.{key} is not in the interface"
            assert "Output only" not in known.get("description", "")[:12], f"{path}.{key} is output only"
            check(member, known, document, f"{path}.{key}")
    elif kind == "array":
        assert isinstance(value, list), f"{path} is no array"
        for member in value:
            check(member, schema["items"], document, f"{path}[]")
    elif kind == "string":
        assert isinstance(value, str), f"{path} is no text"
        if schema.get("format") == "byte":
            base64.b64decode(value, validate=True)
        if schema.get("format") in ("int64", "uint64"):
            assert re.fullmatch(r"-?[0-9]+", value), f"{path} is no {schema['format']}"
        if schema.get("format") == "google-duration":
            assert re.fullmatch(r"[0-9]+(\.[0-9]+)?s", value), f"{path} is no duration"
    elif kind == "boolean":
        assert isinstance(value, bool), f"{path} is no boolean"


def validate(request):
    url = urllib.parse.urlsplit(request["target"])
    for document in documents:
        for method in methods(document):
            if method["httpMethod"] != request["method"] or not re.fullmatch(f"/{pattern(method)}", url.path):
                continue
            query = urllib.parse.parse_qs(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
            for name, values in query.items():
                assert method["parameters"].get(name, {}).get("location") == "query", f"no parameter {name}"
                assert len(values) == 1, f"{name} is repeated"
            if request["form"]:
                # RFC 8693's names for the fields of the message.
                fields = urllib.parse.parse_qs(request["form"], strict_parsing=True)
                camel = {re.sub("_(.)", lambda m: m[1].upper(), name): values[0] for name, values in fields.items()}
                check(camel, method["request"], document, "form")
            elif request["body"] is not None:
                check(request["body"], method["request"], document, "body")
            else:
                assert "request" not in method or method["httpMethod"] == "DELETE", "a body is missing"
            return method["id"]
    raise AssertionError("no such method")


failed, found = 0, set()
for line in sys.stdin:
    request = json.loads(line)
    try:
        found.add(validate(request))
    except Exception as error:
        failed += 1
        print(f"{request['method']} {request['target']}: {error}")
print("\n".join(sorted(found)))
sys.exit(1 if failed else 0)
