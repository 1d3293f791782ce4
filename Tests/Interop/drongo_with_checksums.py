"""drongo's server on loopback, with the checksums of Google Secret Manager, which drongo does not have: they are
verified, noted and answered as Google's interface says. Prints its URL.
"""

import base64
import json
import sys

from drongo.server import create_server
from drongo.services.secretmanager.responses import SecretManagerResponse

plain = SecretManagerResponse.handle


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in base64.b64decode(data):
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return str(register ^ 0xFFFFFFFF)


def refusal(message):
    return 400, {}, json.dumps({"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": message}})


def handle(self, request):
    payload = request.json()["payload"] if request.path.endswith(":addVersion") else None
    if payload and "dataCrc32c" in payload and payload["dataCrc32c"] != crc32c(payload["data"]):
        return refusal("The checksum does not match the data.")
    answer = plain(self, request)
    if answer is None or answer[0] != 200 or not request.path.endswith((":addVersion", ":access")):
        return answer
    status, headers, body = answer
    message = json.loads(body)
    if payload is None:
        message["payload"]["dataCrc32c"] = crc32c(message["payload"]["data"])
    elif "dataCrc32c" in payload:
        message["clientSpecifiedPayloadChecksum"] = True
    return status, headers, json.dumps(message)


SecretManagerResponse.handle = handle
server = create_server("127.0.0.1", 0)
print(f"Running on http://127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
server.serve_forever()
