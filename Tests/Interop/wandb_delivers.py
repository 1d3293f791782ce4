"""Delivers as W&B Server does: a POST of the payload with its keys sorted, compact, its own variables rendered in the
string values and everything else left as it is; the access token as a bearer; with a secret, X-Wandb-Signature.

Arguments: the webhook's URL and access token, the secret (or an empty one) and its encoding. Standard input: an object
with "payload" and "variables". Prints the status, then the body.
"""

import base64
import hashlib
import hmac
import json
import sys

import requests

url, token, secret, encoding = sys.argv[1:5]
given = json.load(sys.stdin)


def rendered(value):
    if isinstance(value, dict):
        return {key: rendered(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rendered(item) for item in value]
    if isinstance(value, str):
        for name, text in given["variables"].items():
            value = value.replace("${" + name + "}", text)
    return value


body = json.dumps(rendered(given["payload"]), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
if secret:
    code = hmac.new(secret.encode(), body, hashlib.sha256)
    headers["X-Wandb-Signature"] = code.hexdigest() if encoding == "hex" else base64.b64encode(code.digest()).decode()
answer = requests.post(url, data=body, headers=headers, allow_redirects=False, timeout=60)
print(answer.status_code)
print("\n".join(f"{name}: {value}" for name, value in answer.headers.items()))
print(answer.text)
