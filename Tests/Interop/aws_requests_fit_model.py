"""Holds requests, a JSON list of {"service", "target", "body"}, against botocore's service models: operation, members,
types, lengths, ranges, patterns and enumerations. Prints the operations that it saw, and each fault; fails on any."""

import base64
import json
import re
import sys
import urllib.parse

import botocore.session

session = botocore.session.get_session()
models = {name: session.get_service_model(name) for name in ("secretsmanager", "sts")}
# A pattern of a model with ranges beyond \\uFFFF is Java's, and means nothing in Python.
java_range = re.compile(r"\\u[0-9A-Fa-f]{5}")


def faults_of(shape, value, path):
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return [f"{path} is no structure"]
        faults = [f"{path}.{name} is missing" for name in shape.required_members if name not in value]
        for name, member in value.items():
            if name not in shape.members:
                faults.append(f"{path}.{name} is unknown")
            else:
                faults += faults_of(shape.members[name], member, f"{path}.{name}")
        return faults
    if shape.type_name == "list":
        if not isinstance(value, list):
            return [f"{path} is no list"]
        return length_faults(shape, len(value), path) + [
            fault for item in value for fault in faults_of(shape.member, item, f"{path}[]")
        ]
    if shape.type_name == "boolean":
        return [] if isinstance(value, bool) else [f"{path} is no boolean"]
    if shape.type_name in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            return [f"{path} is no integer"]
        return length_faults(shape, value, path)
    if shape.type_name not in ("string", "blob"):
        return [f"{path} has a type that is not checked here: {shape.type_name}"]
    if not isinstance(value, str):
        return [f"{path} is no text"]
    if shape.type_name == "blob":
        try:
            return length_faults(shape, len(base64.b64decode(value, validate=True)), path)
        except ValueError:
            return [f"{path} is no base64"]
    faults = length_faults(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    if pattern and not java_range.search(pattern) and not re.fullmatch(pattern, value, re.ASCII):
        faults.append(f"{path} is not {pattern}")
    if shape.enum and value not in shape.enum:
        faults.append(f"{path} is none of its values")
    return faults


def length_faults(shape, count, path):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    return [f"{path} is {count}, not {low}..{high}"] if (low or 0) > count or (high is not None and high < count) else []


def typed(shape, text):
    """A form has text alone: its integers are what the model says are."""
    return int(text) if shape.type_name == "integer" and re.fullmatch(r"[0-9]+", text) else text


def parsed(service, target, body):
    if service == "secretsmanager":
        prefix, _, operation = target.partition(".")
        return operation, json.loads(body), [] if prefix == "secretsmanager" else [f"the target begins with {prefix}"]
    form = urllib.parse.parse_qs(body, keep_blank_values=True, strict_parsing=True)
    faults = [f"{name} is there twice" for name, values in form.items() if len(values) > 1]
    form = {name: values[0] for name, values in form.items()}
    operation, version = form.pop("Action"), form.pop("Version")
    if version != models[service].api_version:
        faults.append(f"{operation} is of version {version}")
    shape = models[service].operation_model(operation).input_shape
    members = shape.members if shape else {}
    return operation, {name: typed(members[name], text) if name in members else text
                       for name, text in form.items()}, faults


def main():
    count = 0
    for request in json.load(sys.stdin):
        service = request["service"]
        operation, members, faults = parsed(service, request["target"], request["body"])
        model = models[service].operation_model(operation)
        if model.input_shape:
            faults += faults_of(model.input_shape, members, operation)
        elif members:
            faults.append(f"{operation} takes nothing")
        print(operation)
        for fault in faults:
            print("FAULT", fault)
        count += len(faults)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
