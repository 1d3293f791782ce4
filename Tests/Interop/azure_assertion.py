"""Verifies a client assertion with PyJWT, and compares it with the one that msal makes of the same key.

Standard input: JSON with assertion, second, certificate, key, client_id, endpoint. Prints "verified".
"""

import json
import sys

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from msal.oauth2cli import JwtAssertionCreator

given = json.load(sys.stdin)
certificate = x509.load_pem_x509_certificate(given["certificate"].encode())


def read(assertion):
    claims = jwt.decode(
        assertion,
        certificate.public_key(),
        algorithms=["PS256"],
        audience=given["endpoint"],
        issuer=given["client_id"],
        options={"require": ["aud", "iss", "sub", "jti", "iat", "exp"]},
    )
    return jwt.get_unverified_header(assertion), claims


theirs = JwtAssertionCreator(
    given["key"], algorithm="PS256", sha256_thumbprint=certificate.fingerprint(hashes.SHA256()).hex()
).create_normal_assertion(given["endpoint"], given["client_id"])
header, claims = read(given["assertion"])
their_header, their_claims = read(theirs)

# msal pads the thumbprint, which RFC 7515 does not.
their_header["x5t#S256"] = their_header["x5t#S256"].rstrip("=")
assert header == their_header, (header, their_header)
assert claims["sub"] == given["client_id"]
for claim in ("aud", "iss", "sub"):
    assert claims[claim] == their_claims[claim], claim
assert set(their_claims) <= set(claims), (claims, their_claims)
assert claims["exp"] - claims["iat"] == round(their_claims["exp"] - their_claims["iat"]) == 600, claims
assert abs(claims["iat"] - their_claims["iat"]) < 60
assert read(given["second"])[1]["jti"] != claims["jti"]
print("verified")
