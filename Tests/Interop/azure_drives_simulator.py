"""Azure's own clients drive the simulator, so that the simulator is held to Azure's interface and not to our reading of it.

    python azure_drives_simulator.py ENDPOINT PROTECTED_ENDPOINT CA_FILE < SETTINGS

Standard input: JSON with tenant, client_id, secret (who may do everything), reader_id, reader_secret (who may only get),
certificate_id, certificate (PEM with the key), federated_id, federated_token. The vault behind PROTECTED_ENDPOINT has
purge protection, a retention of 7 days and the same identities; a deletion in either takes a moment.

Prints one line for each sentence that was proven; status 1 if one was not.
"""

import contextlib
import datetime
import json
import os
import sys
import time
import traceback
import uuid

# Nothing of the machine's own Azure settings.
for name in [name for name in os.environ if name.startswith("AZURE_") or name.lower().endswith("_proxy")]:
    del os.environ[name]

endpoint, protected_endpoint, ca_file = sys.argv[1:4]
given = json.load(sys.stdin)
os.environ["REQUESTS_CA_BUNDLE"] = ca_file
os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = endpoint

import msal
import requests
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    ManagedIdentityCredential,
)
from azure.keyvault.secrets import SecretClient

scope = "https://vault.azure.net/.default"
proofs = []


def proves(sentence):
    def register(function):
        proofs.append((sentence, function))
        return function

    return register


def signed_in(client_id, secret, authority=None):
    return ClientSecretCredential(
        given["tenant"], client_id, secret, authority=authority or endpoint, disable_instance_discovery=True
    )


def client(credential=None, url=None, **changes):
    credential = credential or signed_in(given["client_id"], given["secret"], url)
    return SecretClient(url or endpoint, credential, **{"verify_challenge_resource": False, "retry_total": 0} | changes)


@contextlib.contextmanager
def refused(kind, status=None, code=None, inner=None):
    try:
        yield
    except kind as error:
        if status:
            body = error.response.json()["error"]
            assert error.response.status_code == status, error.response.status_code
            assert body["code"] == (code or body["code"]), body
            assert body.get("innererror", {}).get("code") == inner, body
            assert error.response.headers["x-ms-request-id"]
    else:
        raise AssertionError(f"expected {kind.__name__}, was accepted")


def new_name():
    return f"acme-{uuid.uuid4()}"


secrets = client()


@proves("a secret is read as it was set, by version and without, in any case of its name")
def set_and_get():
    name = new_name()
    made = secrets.set_secret(name, 'värde "1"', content_type="text/plain", tags={"team": "research"})
    version = made.properties.version
    assert len(version) == 32 and made.id == f"{endpoint}/secrets/{name}/{version}"
    for found in (secrets.get_secret(name), secrets.get_secret(name, version), secrets.get_secret(name.upper())):
        assert found.value == 'värde "1"' and found.properties.version == version
        assert found.properties.tags == {"team": "research"} and found.properties.content_type == "text/plain"
        assert found.properties.enabled and abs(found.properties.created_on.timestamp() - time.time()) < 60
        assert found.properties.recovery_level == "Recoverable+Purgeable"
        assert found.properties.recoverable_days == 90


@proves("every set makes a version, and earlier ones still read")
def versions():
    name = new_name()
    ids = [secrets.set_secret(name, str(number)).properties.version for number in range(30)]
    assert secrets.get_secret(name).value == "29" and secrets.get_secret(name, ids[0]).value == "0"
    listed = [properties.version for properties in secrets.list_properties_of_secret_versions(name)]
    assert sorted(listed) == sorted(ids)
    with refused(ResourceNotFoundError, 404, "SecretNotFound"):
        secrets.get_secret(name, "0" * 32)
    with refused(ResourceNotFoundError, 404, "SecretNotFound"):
        secrets.get_secret(new_name())


@proves("secrets are listed, page after page, without their values")
def listing():
    made = {secrets.set_secret(new_name(), "value").name for _ in range(30)}
    pages = [list(page) for page in secrets.list_properties_of_secrets(max_page_size=10).by_page()]
    assert len(pages) > 3 and all(len(page) <= 10 for page in pages)
    assert made <= {properties.name for page in pages for properties in page}


@proves("a version that is disabled is not read, and one that has expired is")
def attributes():
    name = new_name()
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
    secrets.set_secret(name, "value", expires_on=past)
    secrets.update_secret_properties(name, enabled=False)
    with refused(HttpResponseError, 403, "Forbidden", "SecretDisabled"):
        secrets.get_secret(name)
    secrets.update_secret_properties(name, enabled=True, tags={"a": "b"})
    found = secrets.get_secret(name)
    assert found.value == "value" and found.properties.tags == {"a": "b"}
    assert found.properties.expires_on == past


@proves("a deleted secret is gone, its name is taken, and it comes back with all its versions")
def recovering():
    name = new_name()
    first = secrets.set_secret(name, "first").properties.version
    secrets.set_secret(name, "second")
    deleted = secrets.begin_delete_secret(name).result()
    assert deleted.recovery_id == f"{endpoint}/deletedsecrets/{name}"
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 90
    poll(lambda: secrets.get_deleted_secret(name))
    with refused(ResourceNotFoundError, 404, "SecretNotFound"):
        secrets.get_secret(name)
    with refused(ResourceExistsError, 409, "Conflict", "ObjectIsDeletedButRecoverable"):
        secrets.set_secret(name, "third")
    assert name in {found.name for found in secrets.list_deleted_secrets()}
    secrets.begin_recover_deleted_secret(name).wait()
    assert secrets.get_secret(name).value == "second" and secrets.get_secret(name, first).value == "first"


def poll(call):
    end = time.monotonic() + 10
    while True:
        try:
            return call()
        except ResourceNotFoundError:
            assert time.monotonic() < end
            time.sleep(0.05)


@proves("while it is being deleted or recovered, neither is it seen nor may its name be written")
def limbo():
    name = new_name()
    secrets.set_secret(name, "value")
    secrets.begin_delete_secret(name)
    for call in (secrets.get_secret, secrets.get_deleted_secret):
        with refused(ResourceNotFoundError, 404, "SecretNotFound"):
            call(name)
    with refused(ResourceExistsError, 409, "Conflict", "ObjectIsBeingDeleted"):
        secrets.set_secret(name, "other")
    with refused(HttpResponseError, 409, "Conflict", "ObjectIsBeingDeleted"):
        secrets.purge_deleted_secret(name)
    poll(lambda: secrets.get_deleted_secret(name))
    secrets.begin_recover_deleted_secret(name)
    with refused(ResourceExistsError, 409, "Conflict", "ObjectIsBeingRecovered"):
        secrets.set_secret(name, "other")


@proves("a purged secret is gone for good")
def purging():
    name = new_name()
    secrets.set_secret(name, "value")
    secrets.begin_delete_secret(name).wait()
    poll(lambda: secrets.get_deleted_secret(name))
    secrets.purge_deleted_secret(name)
    with refused(ResourceNotFoundError, 404, "SecretNotFound"):
        secrets.get_deleted_secret(name)
    end = time.monotonic() + 10
    while True:
        try:
            assert secrets.set_secret(name, "another").value == "another"
            break
        except ResourceExistsError:
            assert time.monotonic() < end
            time.sleep(0.05)


@proves("under purge protection nothing is purged, and the dates say until when")
def purge_protection():
    protected = client(url=protected_endpoint)
    name = new_name()
    made = protected.set_secret(name, "value")
    assert made.properties.recovery_level == "CustomizedRecoverable" and made.properties.recoverable_days == 7
    deleted = protected.begin_delete_secret(name).result()
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 7
    poll(lambda: protected.get_deleted_secret(name))
    with refused(HttpResponseError, 403, "Forbidden"):
        protected.purge_deleted_secret(name)


@proves("names, values and tags have their limits")
def limits():
    assert secrets.set_secret(new_name(), "x" * 25600).value == "x" * 25600
    assert secrets.set_secret("a" * 127, "value", tags={str(number): "x" for number in range(15)})
    for name, value, tags in (
        (new_name(), "x" * 25601, {}),
        (new_name(), "value", {str(number): "x" for number in range(16)}),
        ("a" * 128, "value", {}),
        ("under_score", "value", {}),
    ):
        with refused(HttpResponseError, 400, "BadParameter"):
            secrets.set_secret(name, value, tags=tags)


@proves("permissions are told apart")
def permissions():
    name = secrets.set_secret(new_name(), "value").name
    reader = client(signed_in(given["reader_id"], given["reader_secret"]))
    assert reader.get_secret(name).value == "value"
    for call in (
        lambda: reader.set_secret(name, "x"),
        lambda: reader.begin_delete_secret(name),
        lambda: list(reader.list_properties_of_secrets()),
        lambda: reader.purge_deleted_secret(name),
    ):
        with refused(HttpResponseError, 403, "Forbidden", "AccessDenied"):
            call()


@proves("without a token there is a challenge, which Azure's client follows only to a vault of its own domain")
def challenge():
    answer = requests.get(f"{endpoint}/secrets?api-version=7.4")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == (
        f'Bearer authorization="{endpoint}/{given["tenant"]}", resource="https://vault.azure.net"'
    )
    try:
        client(verify_challenge_resource=True).get_secret("x")
    except ValueError as error:
        assert "challenge resource" in str(error)
    else:
        raise AssertionError("was accepted")


@proves("a version of the interface must be named")
def api_version():
    token = signed_in(given["client_id"], given["secret"]).get_token(scope).token
    for query in ("", "?api-version=1.0"):
        answer = requests.get(f"{endpoint}/secrets{query}", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 400 and answer.json()["error"]["code"] == "BadParameter"


@proves("a token for another service is refused")
def audience():
    token = signed_in(given["client_id"], given["secret"]).get_token("https://management.azure.com/.default").token
    answer = requests.get(f"{endpoint}/secrets?api-version=7.4", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401


@proves("who is not known, or has the wrong secret, gets no token")
def not_signed_in():
    for client_id, secret, number in (
        (given["client_id"], "wrong", "AADSTS7000215"),
        (str(uuid.uuid4()), given["secret"], "AADSTS700016"),
    ):
        try:
            signed_in(client_id, secret).get_token(scope)
        except ClientAuthenticationError as error:
            assert number in str(error), error
        else:
            raise AssertionError("was accepted")


def usable(credential):
    assert client(credential).set_secret(new_name(), "value").value == "value"


def disclosed(kind, *arguments, **more):
    return kind(given["tenant"], *arguments, authority=endpoint, disable_instance_discovery=True, **more)


def token_of(client_id):
    """By msal itself, with the certificate's SHA-256 thumbprint and PSS."""
    proof = {"private_key": given["certificate"], "public_certificate": given["certificate"]}
    application = msal.ConfidentialClientApplication(
        client_id, proof, authority=f"{endpoint}/{given['tenant']}", instance_discovery=False
    )
    return application.acquire_token_for_client([scope])


@proves("a certificate signs in, in either form of the assertion, and another one does not")
def certificate():
    usable(disclosed(CertificateCredential, given["certificate_id"], certificate_data=given["certificate"].encode()))
    token = token_of(given["certificate_id"])
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    assert requests.get(f"{endpoint}/secrets?api-version=7.4", headers=headers).status_code == 200
    assert token_of(given["client_id"])["error_codes"] == [70021]
    with refused(ClientAuthenticationError):
        disclosed(
            CertificateCredential, given["client_id"], certificate_data=given["certificate"].encode()
        ).get_token(scope)


@proves("a cluster's token signs in, and another one does not")
def federated():
    usable(disclosed(ClientAssertionCredential, given["federated_id"], lambda: given["federated_token"]))
    with refused(ClientAuthenticationError):
        disclosed(ClientAssertionCredential, given["federated_id"], lambda: "eyJ.another").get_token(scope)


@proves("the machine's metadata service gives a token that works")
def managed_identity():
    usable(ManagedIdentityCredential())


def main():
    failures = 0
    for sentence, proof in proofs:
        try:
            proof()
            print("proven:", sentence)
        except Exception:
            failures += 1
            print("NOT PROVEN:", sentence)
            traceback.print_exc(file=sys.stdout)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
