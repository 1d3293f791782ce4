"""Prints requests as botocore signs them, one JSON object a line, for the tests of the broker's own signer.

The canonical request is given by its SHA-256, and the Authorization header as it is sent. Everything follows from
--seed, so that a failure can be repeated.
"""

import argparse
import datetime
import hashlib
import json
import random
from unittest import mock
from urllib.parse import urlsplit

from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ODD = "-._~!$'()*,;:@+ %2F%25%C3%A9"
UNICODE = "éß漢字\u0301\U0001f511"
REGIONS = ["us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-isob-east-1"]
SERVICES = ["secretsmanager", "sts", "service"]


def text(chance, alphabet, longest):
    return "".join(chance.choice(alphabet) for _ in range(chance.randint(0, longest)))


def path(chance):
    parts = []
    for _ in range(chance.randint(0, 5)):
        parts.append(chance.choice(["", ".", "..", text(chance, LETTERS + ODD + UNICODE, 8), "a"]))
    return "/" + "/".join(parts) + chance.choice(["", "/"])


def query(chance):
    pairs = []
    for _ in range(chance.randint(0, 5)):
        key = chance.choice(["", "a", "A", "a", "a%20b", text(chance, LETTERS + "-_%" + UNICODE, 4)])
        value = chance.choice(["", text(chance, LETTERS + "%/=+" + UNICODE, 6), "1"])
        pairs.append(chance.choice([f"{key}={value}", key]))
    return "&".join(pairs)


def headers(chance):
    names = ["X-Amz-Target", "Content-Type", "X-Custom", "x-a", "X-AB", "x-a-b", "Accept"]
    chosen = []
    for _ in range(chance.randint(0, 5)):
        words = [text(chance, LETTERS + "\"',;=/" + UNICODE, 6) for _ in range(chance.randint(0, 4))]
        gap = chance.choice([" ", "  ", "\t", "   "])
        edge = chance.choice(["", " ", "\t "])
        chosen.append((chance.choice(names), edge + gap.join(words) + edge))
    return chosen


def vector(chance):
    region, service = chance.choice(REGIONS), chance.choice(SERVICES)
    token = None if chance.random() < 0.5 else text(chance, LETTERS + "+/=", 400) + "t"
    credentials = Credentials("AKIA" + text(chance, LETTERS, 16), text(chance, LETTERS + "+/", 40) + "s", token)
    method = chance.choice(["GET", "POST", "PUT", "DELETE", "HEAD"])
    body = chance.choice([b"", text(chance, LETTERS + UNICODE, 200).encode(), chance.randbytes(64)])
    host = chance.choice(["secretsmanager.us-east-1.amazonaws.com", "127.0.0.1:8080", "example.com"])
    given = headers(chance)
    address, terms = path(chance), query(chance)
    date = datetime.datetime.fromtimestamp(chance.randint(1_000_000_000, 2_000_000_000), datetime.timezone.utc)

    request = AWSRequest(method=method, url=f"https://{host}{address}" + (f"?{terms}" if terms else ""), data=body)
    for name, value in given:
        request.headers.add_header(name, value)
    signer = auth.SigV4Auth(credentials, service, region)
    # What botocore makes of the URL is what the broker's signer is given: both then start from the same text.
    split = urlsplit(request.url)
    with mock.patch.object(auth, "get_current_datetime", return_value=date):
        signer.add_auth(request)
    authorization = request.headers["Authorization"]
    del request.headers["Authorization"]
    canonical = signer.canonical_request(request)
    return {
        "method": method,
        "path": split.path,
        "query": split.query,
        "headers": [[name, value] for name, value in request.headers.items() if name != "X-Amz-Security-Token"]
        + [["Host", host]],
        "body": body.hex(),
        "region": region,
        "service": service,
        "access_key_id": credentials.access_key,
        "secret_access_key": credentials.secret_key,
        "session_token": token,
        "milliseconds": int(date.timestamp()) * 1000,
        "canonical_request_hash": hashlib.sha256(canonical.encode("utf-8")).hexdigest(),
        "authorization": authorization,
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    options = arguments.parse_args()
    chance = random.Random(options.seed)
    for _ in range(options.count):
        print(json.dumps(vector(chance)))


main()
