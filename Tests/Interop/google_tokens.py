"""Holds signed tokens against google-auth: its own, of the same account, has the same claims; and its verification and
PyJWT's believe ours.

Reads {"key_file", "now", "self_signed", "assertion"} from standard input.
"""

import json
import sys

import jwt as pyjwt
from cryptography.hazmat.primitives import serialization
from google.auth import jwt
from google.oauth2 import service_account

given = json.load(sys.stdin)
scope = "https://www.googleapis.com/auth/cloud-platform"
private = serialization.load_pem_private_key(given["key_file"]["private_key"].encode(), None)
public = private.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
credentials = service_account.Credentials.from_service_account_info(given["key_file"], scopes=[scope])


def own_self_signed():
    signing = credentials.with_always_use_jwt_access(True)
    signing._create_self_signed_jwt(None)
    signing._jwt_credentials.refresh(None)
    return signing._jwt_credentials.token


for ours, theirs in ((given["self_signed"], own_self_signed()),
                     (given["assertion"], credentials._make_authorization_grant_assertion())):
    for part in ("header", "claims"):
        index = ("header", "claims").index(part)
        mine = (pyjwt.get_unverified_header(ours), pyjwt.decode(ours, options={"verify_signature": False}))[index]
        google = (pyjwt.get_unverified_header(theirs), pyjwt.decode(theirs, options={"verify_signature": False}))[index]
        for times in (mine, google):
            lifetime = times.pop("exp", 3600) - times.pop("iat", 0)
            assert lifetime == 3600, lifetime
        assert mine == google, f"{part}: {mine} is not {google}"
    jwt.decode(ours, certs=public, clock_skew_in_seconds=60)
    pyjwt.decode(ours, public, algorithms=["RS256"], options={"verify_aud": False})
print("agreed")
