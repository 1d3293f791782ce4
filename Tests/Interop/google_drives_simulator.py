"""Google's own clients drive the simulator, so that the simulator is held to Google's interface and not to our reading of
it: google-cloud-secret-manager over REST, and google-auth for each way to sign in.

    python google_drives_simulator.py ENDPOINT KEY_FILE SUBJECT_TOKEN_FILE AUDIENCE

The project is acme-project, number 123456789012. KEY_FILE is the key of its only account, which may do everything and
which the identity of AUDIENCE's pool may act as. There are keys of Cloud KMS in europe-west4: `enabled`, `disabled`,
`denied`.

Prints one line for each sentence that was proven; status 1 if one was not.
"""

import base64
import contextlib
import copy
import json
import os
import sys
import time
import traceback
import uuid

# Nothing of the machine's own settings, and nothing beyond this machine.
for name in [name for name in os.environ if name.startswith(("GOOGLE_", "GCE_", "CLOUDSDK_"))]:
    del os.environ[name]
endpoint, key_file, subject_file, audience = sys.argv[1:5]
os.environ["GCE_METADATA_HOST"] = endpoint.removeprefix("http://")
os.environ["NO_PROXY"] = "*"

import requests
from google.api_core import exceptions
from google.auth import compute_engine, crypt, identity_pool, jwt
from google.auth.transport.requests import AuthorizedSession, Request
from google.cloud import secretmanager
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport
from google.oauth2 import service_account

project, number = "acme-project", "123456789012"
scope = "https://www.googleapis.com/auth/cloud-platform"
key = json.load(open(key_file))
email = key["client_email"]
proofs = []


def proves(sentence):
    def register(function):
        proofs.append((sentence, function))
        return function

    return register


def client(credentials=None, self_signed=True):
    credentials = credentials or service_account.Credentials.from_service_account_info(key)
    return secretmanager.SecretManagerServiceClient(
        transport=SecretManagerServiceRestTransport(
            host=endpoint.removeprefix("http://"), url_scheme="http", credentials=credentials,
            always_use_jwt_access=self_signed))


secrets = client()
parent, regional = f"projects/{project}", f"projects/{project}/locations/europe-west4"


@contextlib.contextmanager
def refused(kind, containing=""):
    try:
        yield
    except exceptions.GoogleAPICallError as error:
        # Over REST the client's class goes by the status, which several names share.
        name = error.response.json()["error"]["status"]
        assert name == kind.grpc_status_code.name and issubclass(kind, type(error)), f"expected {kind}, got {error!r}"
        assert containing in error.message, error.message
    else:
        raise AssertionError(f"expected {kind.__name__}, was accepted")


def new_id():
    return f"acme-{uuid.uuid4()}"


def created(secret=None, within=parent, secret_id=None):
    secret = secret or ({} if "locations" in within else {"replication": {"automatic": {}}})
    return secrets.create_secret(parent=within, secret_id=secret_id or new_id(), secret=secret, retry=None)


def added(secret, data=b"first", **payload):
    return secrets.add_secret_version(parent=secret.name, payload={"data": data, **payload}, retry=None)


def crc32c(data):
    register = 0xFFFFFFFF
    for byte in data:
        register ^= byte
        for _ in range(8):
            register = register >> 1 ^ (0x82F63B78 if register & 1 else 0)
    return register ^ 0xFFFFFFFF


def key_name(name):
    return f"projects/{project}/locations/europe-west4/keyRings/r/cryptoKeys/{name}"


@proves("a secret is created, read, listed and deleted, and its name has the project's number")
def life():
    secret = created({"replication": {"automatic": {}}, "labels": {"team": "research"}, "annotations": {"A.b": "C"}})
    assert secret.name.startswith(f"projects/{number}/secrets/acme-"), secret.name
    assert abs(secret.create_time.timestamp() - time.time()) < 60
    found = secrets.get_secret(name=secret.name)
    assert found == secret and found.labels == {"team": "research"} and found.annotations == {"A.b": "C"}
    assert secret.name in [item.name for item in secrets.list_secrets(parent=parent)]
    secrets.delete_secret(name=secret.name)
    with refused(exceptions.NotFound):
        secrets.get_secret(name=secret.name)
    with refused(exceptions.NotFound):
        secrets.delete_secret(name=secret.name)
    created(secret_id=secret.name.split("/")[-1])


@proves("versions are numbered from 1, and read by number and as latest")
def versions():
    secret = created()
    with refused(exceptions.NotFound):
        secrets.access_secret_version(name=f"{secret.name}/versions/latest", retry=None)
    for index, data in enumerate([b"first", bytes(range(256)), "käse 🔑".encode()], 1):
        version = added(secret, data)
        assert version.name == f"{secret.name}/versions/{index}"
        assert version.state == secretmanager.SecretVersion.State.ENABLED
        for name in (version.name, f"{secret.name}/versions/latest"):
            answer = secrets.access_secret_version(name=name)
            assert answer.name == version.name and answer.payload.data == data
            assert answer.payload.data_crc32c == crc32c(data)
    assert [v.name[-1] for v in secrets.list_secret_versions(parent=secret.name)] == ["3", "2", "1"]
    assert secrets.access_secret_version(name=f"{secret.name}/versions/1").payload.data == b"first"
    with refused(exceptions.NotFound):
        secrets.access_secret_version(name=f"{secret.name}/versions/4", retry=None)


@proves("a checksum is verified and noted, and a wrong one refused")
def checksums():
    secret = created()
    assert not added(secret).client_specified_payload_checksum
    assert added(secret, b"first", data_crc32c=crc32c(b"first")).client_specified_payload_checksum
    with refused(exceptions.InvalidArgument, "checksum"):
        added(secret, b"first", data_crc32c=crc32c(b"other"))
    assert len(list(secrets.list_secret_versions(parent=secret.name))) == 2


@proves("a disabled or destroyed version is refused, also as latest, and only the first can be enabled again")
def states():
    secret = created()
    first, second = added(secret), added(secret, b"second")
    assert secrets.disable_secret_version(name=second.name).state.name == "DISABLED"
    for name in (second.name, f"{secret.name}/versions/latest"):
        with refused(exceptions.FailedPrecondition, "is in DISABLED state"):
            secrets.access_secret_version(name=name, retry=None)
    secrets.enable_secret_version(name=second.name)
    assert secrets.access_secret_version(name=second.name).payload.data == b"second"
    destroyed = secrets.destroy_secret_version(name=first.name)
    assert destroyed.state.name == "DESTROYED" and destroyed.destroy_time
    with refused(exceptions.FailedPrecondition, "is in DESTROYED state"):
        secrets.access_secret_version(name=first.name, retry=None)
    with refused(exceptions.FailedPrecondition):
        secrets.enable_secret_version(name=first.name)


@proves("an etag that has changed is refused, for a secret and for a version")
def etags():
    secret = created()
    version = added(secret)
    with refused(exceptions.FailedPrecondition, "etag"):
        secrets.disable_secret_version(request={"name": version.name, "etag": '"0"'})
    disabled = secrets.disable_secret_version(request={"name": version.name, "etag": version.etag})
    assert disabled.etag != version.etag
    with refused(exceptions.FailedPrecondition, "etag"):
        secrets.delete_secret(request={"name": secret.name, "etag": '"0"'})
    secrets.delete_secret(request={"name": secret.name, "etag": secret.etag})


@proves("labels and aliases can be changed, an alias is followed, and replication never changes")
def updates():
    secret = created()
    added(secret), added(secret, b"second")
    changed = copy.deepcopy(secret)
    changed.labels = {"a": "b"}
    changed.version_aliases = {"stable": 1}
    updated = secrets.update_secret(secret=changed, update_mask={"paths": ["labels", "version_aliases"]})
    assert updated.labels == {"a": "b"} and updated.version_aliases == {"stable": 1} and updated.etag != secret.etag
    assert secrets.access_secret_version(name=f"{secret.name}/versions/stable").payload.data == b"first"
    with refused(exceptions.InvalidArgument):
        secrets.update_secret(secret={"name": secret.name}, update_mask={"paths": ["replication"]})
    with refused(exceptions.FailedPrecondition):
        secrets.update_secret(secret=changed, update_mask={"paths": ["labels"]})


@proves("a name is taken once")
def names():
    secret = created()
    with refused(exceptions.AlreadyExists):
        created(secret_id=secret.name.split("/")[-1])


@proves("ids, replication and sizes are checked")
def limits():
    for secret_id in ("", "a" * 256, "a.b", "a b", "ä"):
        with refused(exceptions.InvalidArgument):
            secrets.create_secret(
                request={"parent": parent, "secret_id": secret_id, "secret": {"replication": {"automatic": {}}}})
    created(secret_id=f"{uuid.uuid4()}-".ljust(255, "a"))
    replicas = [{"location": "us-east1"}, {"location": "us-east1"}]
    for secret in ({"labels": {"a": "b"}}, {"replication": {"user_managed": {"replicas": []}}},
                   {"replication": {"user_managed": {"replicas": replicas}}},
                   {"replication": {"automatic": {}}, "labels": {"UPPER": "x"}},
                   {"replication": {"automatic": {}}, "customer_managed_encryption": {"kms_key_name": key_name("enabled")}}):
        with refused(exceptions.InvalidArgument):
            created(secret)
    secret = created({"replication": {"user_managed": {"replicas": replicas[:1]}}})
    assert [r.location for r in secret.replication.user_managed.replicas] == ["us-east1"]
    added(secret, b"a" * 65_536)
    for data in (b"", b"a" * 65_537):
        with refused(exceptions.InvalidArgument):
            added(secret, data)


@proves("regional secrets are apart from global ones, and must not carry replication")
def regions():
    secret = created(within=regional)
    assert secret.name.startswith(f"projects/{number}/locations/europe-west4/secrets/")
    assert added(secret).name == f"{secret.name}/versions/1"
    assert secrets.access_secret_version(name=f"{secret.name}/versions/1").payload.data == b"first"
    with refused(exceptions.NotFound):
        secrets.get_secret(name=f"{parent}/secrets/{secret.name.split('/')[-1]}")
    assert secret.name not in [item.name for item in secrets.list_secrets(parent=parent)]
    with refused(exceptions.InvalidArgument, "replication"):
        created({"replication": {"automatic": {}}}, within=regional)


@proves("a key must lie where the secret does, and what it refuses is told by its own names")
def keys():
    with refused(exceptions.InvalidArgument):
        created({"replication": {"automatic": {"customer_managed_encryption": {"kms_key_name": key_name("enabled")}}}})
    def under(name):
        return created({"customer_managed_encryption": {"kms_key_name": key_name(name)}}, within=regional)
    added(under("enabled"))
    with refused(exceptions.PermissionDenied, "cloudkms.cryptoKeyVersions.useToEncrypt"):
        added(under("denied"))
    with refused(exceptions.FailedPrecondition, "/cryptoKeys/disabled"):
        added(under("disabled"))


@proves("lists come in pages, and are filtered by name")
def pages():
    marker = uuid.uuid4().hex
    ids = sorted(created(secret_id=f"{marker}-{index}").name for index in range(5))
    pager = secrets.list_secrets(request={"parent": parent, "filter": f"name:{marker}", "page_size": 2})
    pages = [page for page in pager.pages]
    assert [len(page.secrets) for page in pages] == [2, 2, 1] and pages[0].total_size == 5
    assert [s.name for page in pages for s in page.secrets] == ids


@proves("every way of google-auth to sign in is taken")
def sign_ins():
    pool = identity_pool.Credentials.from_info({
        "type": "external_account", "audience": audience, "token_url": f"{endpoint}/v1/token",
        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "credential_source": {"file": subject_file},
        "service_account_impersonation_url":
            f"{endpoint}/v1/projects/-/serviceAccounts/{email}:generateAccessToken",
    }, scopes=[scope])
    exchanged = service_account.Credentials.from_service_account_info(
        key | {"token_uri": f"{endpoint}/token"}, scopes=[scope])
    scoped = service_account.Credentials.from_service_account_info(key, scopes=[scope])
    for credentials, self_signed in ((compute_engine.Credentials(), False), (pool, False), (exchanged, False),
                                     (scoped, True)):
        list(client(credentials, self_signed).list_secrets(parent=parent, retry=None))
    machine = compute_engine.Credentials()
    machine.refresh(Request())
    assert machine.service_account_email == email, machine.service_account_email


def status(token):
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    answer = requests.get(f"{endpoint}/v1/{parent}/secrets", headers=headers)
    return answer.status_code, answer.json().get("error", {}).get("status")


def signed(signer=None, key_id=None, **changes):
    now = int(time.time())
    claims = {"iss": email, "sub": email, "iat": now, "exp": now + 3600, "scope": scope} | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(signer or crypt.RSASigner.from_service_account_info(key), claims, key_id=key_id).decode()


@proves("a signed token is believed only when all of it is right")
def signed_tokens():
    now = int(time.time())
    assert status(signed())[0] == 200
    assert status(signed(scope=None, aud="https://secretmanager.googleapis.com/"))[0] == 200
    from cryptography.hazmat.primitives.asymmetric import rsa
    stranger = crypt.RSASigner(rsa.generate_private_key(65537, 2048), key_id=key["private_key_id"])
    head, claims, signature = signed().split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT", "kid": key["private_key_id"]}).encode())
    for token in (
        signed(stranger), signed(key_id="another"), signed(iss="a@b.c"), signed(sub="a@b.c"),
        signed(iat=now - 7200, exp=now - 3600), signed(iat=now + 3000, exp=now + 6000), signed(exp=now + 7200),
        f"{head}.{claims}.", f"{head}.{claims}", f"{none.decode().rstrip('=')}.{claims}.", "ya29.unknown", "",
        f"{head}.{claims}.{signature[:-4]}AAAA",
    ):
        assert status(token) == (401, "UNAUTHENTICATED"), token
    assert status(None) == (401, "UNAUTHENTICATED")
    for token in (signed(scope="https://www.googleapis.com/auth/devstorage.read_only"), signed(scope=None),
                  signed(scope=None, aud="https://storage.googleapis.com/")):
        assert status(token) == (403, "PERMISSION_DENIED"), token


@proves("token services refuse what is not theirs, in OAuth's words")
def token_services():
    def oauth(path, **form):
        answer = requests.post(f"{endpoint}{path}", data=form)
        return answer.status_code, answer.json()["error"]

    bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert oauth("/token", grant_type="password") == (400, "unsupported_grant_type")
    assert oauth("/token", grant_type=bearer) == (400, "invalid_request")
    assert oauth("/token", grant_type=bearer, assertion=signed()) == (400, "invalid_grant")
    exchange = dict(
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange", audience=audience, scope=scope,
        requested_token_type="urn:ietf:params:oauth:token-type:access_token", subject_token=open(subject_file).read(),
        subject_token_type="urn:ietf:params:oauth:token-type:jwt")
    assert "access_token" in requests.post(f"{endpoint}/v1/token", data=exchange).json()
    for field, error in (("audience", "invalid_target"), ("subject_token", "invalid_grant"),
                         ("subject_token_type", "invalid_grant"), ("grant_type", "unsupported_grant_type"),
                         ("requested_token_type", "invalid_request")):
        assert oauth("/v1/token", **exchange | {field: "x"}) == (400, error), field
    impersonate = f"{endpoint}/v1/projects/-/serviceAccounts/{email}:generateAccessToken"
    for token in (signed(), "ya29.unknown"):
        answer = requests.post(impersonate, json={"scope": [scope]}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code in (401, 403), answer.text


@proves("the metadata server answers those alone who know that they ask it")
def metadata():
    url = f"{endpoint}/computeMetadata/v1/instance/service-accounts/default/token"
    assert requests.get(url).status_code == 403
    google = {"Metadata-Flavor": "Google"}
    assert requests.get(url, headers=google | {"X-Forwarded-For": "192.0.2.1"}).status_code == 403
    answer = requests.get(url, headers=google)
    assert answer.headers["Metadata-Flavor"] == "Google" and answer.json()["token_type"] == "Bearer"
    assert status(answer.json()["access_token"])[0] == 200


@proves("another project is not told whether it is there, and a path of no service is Google's 404 page")
def elsewhere():
    with refused(exceptions.PermissionDenied):
        secrets.get_secret(name="projects/other-project/secrets/a")
    answer = requests.get(f"{endpoint}/v2/projects/{project}/secrets")
    assert answer.status_code == 404 and answer.headers["Content-Type"].startswith("text/html")


@proves("a malformed request is refused as a whole")
def malformed():
    session = AuthorizedSession(compute_engine.Credentials())
    name = f"{endpoint}/v1/{created().name}:addVersion"
    for body in ("{", "[]", '{"payload": "x"}', '{"payload": {"data": "*"}}', '{"payload": {"data": "eA==", "x": 1}}',
                 '{"payload": {"data": "eA=="}, "etag": "x"}', "{}"):
        answer = session.post(name, data=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT"), body


def main():
    failed = 0
    for sentence, function in proofs:
        try:
            function()
            print(f"proven: {sentence}")
        except Exception:
            failed += 1
            print(f"NOT PROVEN: {sentence}\n{traceback.format_exc()}")
    sys.exit(1 if failed else 0)


main()
