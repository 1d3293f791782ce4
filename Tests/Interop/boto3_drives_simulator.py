"""AWS's own client drives the simulator, so that the simulator is held to AWS's interface and not to our reading of it.

    python boto3_drives_simulator.py ENDPOINT ACCESS_KEY SECRET_KEY SESSION_TOKEN

The account must have a disabled key `disabled`, a key `denied` that the caller may not use, an enabled key `enabled`, a
role `deployer` for the external id `tenant 1/a+b` and the web identity token `eyJ.web.identity`, a container token
`container-token`, and a forced deletion that takes a second.

Prints one line for each sentence that was proven; status 1 if one was not.
"""

import contextlib
import datetime
import os
import sys
import time
import traceback
import uuid

import boto3
import botocore.auth
import botocore.exceptions
import botocore.utils
from botocore.config import Config

# Nothing of the machine's own AWS settings.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

endpoint, access_key, secret_key, session_token = sys.argv[1:5]
region = "us-east-1"
proofs = []


def proves(sentence):
    def register(function):
        proofs.append((sentence, function))
        return function

    return register


def client(service="secretsmanager", **changes):
    identity = {
        "aws_access_key_id": access_key,
        "aws_secret_access_key": secret_key,
        "aws_session_token": session_token,
        "region_name": region,
        **changes,
    }
    config = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
    return boto3.client(service, endpoint_url=endpoint, config=config, **identity)


secrets = client()


@contextlib.contextmanager
def refused(code, containing=""):
    try:
        yield
    except botocore.exceptions.ClientError as error:
        found = error.response["Error"]
        assert found["Code"] == code, f"expected {code}, got {found}"
        assert containing in found["Message"], found
        assert error.response["ResponseMetadata"].get("RequestId"), "no request id"
    else:
        raise AssertionError(f"expected {code}, was accepted")


def new_name():
    return f"acme-{uuid.uuid4()}"


def created(**members):
    name = new_name()
    return secrets.create_secret(Name=name, SecretString="first", **members) | {"Name": name}


@proves("a created secret is read by name, ARN, partial ARN, version and stage")
def read_every_way():
    made = created()
    assert made["ARN"].startswith(f"arn:aws:secretsmanager:{region}:123456789012:secret:{made['Name']}-")
    for secret_id in (made["Name"], made["ARN"], made["ARN"][:-7]):
        answer = secrets.get_secret_value(SecretId=secret_id)
        assert answer["SecretString"] == "first" and answer["VersionId"] == made["VersionId"]
        assert answer["VersionStages"] == ["AWSCURRENT"]
        assert abs(answer["CreatedDate"].timestamp() - time.time()) < 60
    by_version = secrets.get_secret_value(SecretId=made["Name"], VersionId=made["VersionId"])
    by_stage = secrets.get_secret_value(SecretId=made["Name"], VersionStage="AWSCURRENT")
    assert by_version["SecretString"] == by_stage["SecretString"] == "first"


@proves("binary values and text beyond ASCII come back as they were")
def values_survive():
    name = new_name()
    secrets.create_secret(Name=name, SecretBinary=bytes(range(256)))
    assert secrets.get_secret_value(SecretId=name)["SecretBinary"] == bytes(range(256))
    text = 'käse 🔑 "\\ \n\t\x00\u2028'
    name = new_name()
    secrets.create_secret(Name=name, SecretString=text)
    assert secrets.get_secret_value(SecretId=name)["SecretString"] == text


@proves("a partial ARN fails for a name that ends like a complete ARN")
def partial_arn_trap():
    name = f"{new_name()}-a1b2c3"
    made = secrets.create_secret(Name=name, SecretString="x")
    secrets.get_secret_value(SecretId=name)
    secrets.get_secret_value(SecretId=made["ARN"])
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=made["ARN"][:-7])


@proves("creating again needs the same token and the same value")
def create_is_idempotent():
    name, token = new_name(), str(uuid.uuid4())
    first = secrets.create_secret(Name=name, SecretString="one", ClientRequestToken=token)
    again = secrets.create_secret(Name=name, SecretString="one", ClientRequestToken=token)
    assert first["ARN"] == again["ARN"] and first["VersionId"] == again["VersionId"] == token
    with refused("ResourceExistsException"):
        secrets.create_secret(Name=name, SecretString="two", ClientRequestToken=token)
    with refused("ResourceExistsException", "already exists"):
        secrets.create_secret(Name=name, SecretString="one")


@proves("a raw caller must send a ClientRequestToken of 32 to 64 characters")
def token_is_required():
    with refused("InvalidParameterException"):
        secrets.create_secret(Name=new_name(), SecretString="x", ClientRequestToken="short")
    with altered(lambda body: body.replace(b'"ClientRequestToken"', b'"Unknown"'), before_signing=True) as raw:
        with refused("InvalidRequestException", "You must provide a ClientRequestToken value."):
            raw.create_secret(Name=new_name(), SecretString="x")


@proves("what is absent is ResourceNotFoundException, with status 400")
def absent():
    for call in (
        lambda: secrets.get_secret_value(SecretId=new_name()),
        lambda: secrets.describe_secret(SecretId=new_name()),
        lambda: secrets.delete_secret(SecretId=new_name()),
        lambda: secrets.put_secret_value(SecretId=new_name(), SecretString="x"),
        lambda: secrets.update_secret(SecretId=new_name(), SecretString="x"),
        lambda: secrets.restore_secret(SecretId=new_name()),
        lambda: secrets.list_secret_version_ids(SecretId=new_name()),
        lambda: secrets.get_secret_value(SecretId=created()["Name"], VersionId=str(uuid.uuid4())),
        lambda: secrets.get_secret_value(SecretId=created()["Name"], VersionStage="NONE"),
    ):
        with refused("ResourceNotFoundException"):
            call()
    try:
        secrets.get_secret_value(SecretId=new_name())
    except secrets.exceptions.ResourceNotFoundException as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@proves("a version and a stage that is not its own are InvalidRequestException")
def version_and_stage():
    made = created()
    with refused("InvalidRequestException"):
        secrets.get_secret_value(SecretId=made["Name"], VersionId=made["VersionId"], VersionStage="AWSPREVIOUS")


@proves("putting a value moves AWSCURRENT, and the old value stays readable")
def put_moves_stages():
    made = created()
    token = str(uuid.uuid4())
    put = secrets.put_secret_value(SecretId=made["Name"], SecretString="second", ClientRequestToken=token)
    assert put["VersionId"] == token and put["VersionStages"] == ["AWSCURRENT"]
    assert secrets.get_secret_value(SecretId=made["Name"])["SecretString"] == "second"
    assert secrets.get_secret_value(SecretId=made["Name"], VersionStage="AWSPREVIOUS")["SecretString"] == "first"
    assert secrets.get_secret_value(SecretId=made["Name"], VersionId=made["VersionId"])["SecretString"] == "first"
    again = secrets.put_secret_value(SecretId=made["Name"], SecretString="second", ClientRequestToken=token)
    assert again["VersionId"] == token
    with refused("ResourceExistsException"):
        secrets.put_secret_value(SecretId=made["Name"], SecretString="third", ClientRequestToken=token)


@proves("a pending version does not become current until its stage is moved")
def staged_rotation():
    made = created()
    pending = secrets.put_secret_value(SecretId=made["Name"], SecretString="next", VersionStages=["AWSPENDING"])
    assert secrets.get_secret_value(SecretId=made["Name"])["SecretString"] == "first"
    move = {"SecretId": made["Name"], "VersionStage": "AWSCURRENT", "MoveToVersionId": pending["VersionId"]}
    with refused("InvalidParameterException", "RemoveFromVersionId"):
        secrets.update_secret_version_stage(**move)
    secrets.update_secret_version_stage(**move, RemoveFromVersionId=made["VersionId"])
    assert secrets.get_secret_value(SecretId=made["Name"])["SecretString"] == "next"
    assert secrets.get_secret_value(SecretId=made["Name"], VersionStage="AWSPREVIOUS")["SecretString"] == "first"
    with refused("InvalidParameterException"):
        secrets.update_secret_version_stage(
            SecretId=made["Name"], VersionStage="AWSCURRENT", RemoveFromVersionId=pending["VersionId"]
        )


@proves("an update refuses a token that a version has, whatever its value")
def update_refuses_known_token():
    made = created()
    with refused("ResourceExistsException"):
        secrets.update_secret(SecretId=made["Name"], SecretString="first", ClientRequestToken=made["VersionId"])
    updated = secrets.update_secret(SecretId=made["Name"], SecretString="second", Description="changed")
    assert secrets.get_secret_value(SecretId=made["Name"])["VersionId"] == updated["VersionId"]
    assert secrets.describe_secret(SecretId=made["Name"])["Description"] == "changed"


@proves("a deletion keeps the name for its recovery window, and restoring brings the value back")
def recovery_window():
    made = created()
    answer = secrets.delete_secret(SecretId=made["Name"], RecoveryWindowInDays=7)
    days = (answer["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
    assert 6.9 < days < 7.1, days
    with refused("InvalidRequestException", "was marked for deletion"):
        secrets.get_secret_value(SecretId=made["Name"])
    with refused("InvalidRequestException", "was marked for deletion"):
        secrets.put_secret_value(SecretId=made["Name"], SecretString="x")
    with refused("InvalidRequestException", "already scheduled for deletion"):
        secrets.create_secret(Name=made["Name"], SecretString="x")
    with refused("InvalidRequestException"):
        secrets.delete_secret(SecretId=made["Name"])
    assert secrets.describe_secret(SecretId=made["Name"])["DeletedDate"] == answer["DeletionDate"]
    secrets.restore_secret(SecretId=made["Name"])
    assert secrets.get_secret_value(SecretId=made["Name"])["SecretString"] == "first"


@proves("a deletion takes 30 days unless it says otherwise, and 7 to 30 at all")
def window_bounds():
    made = created()
    for days in (6, 31):
        with refused("InvalidParameterException"):
            secrets.delete_secret(SecretId=made["Name"], RecoveryWindowInDays=days)
    with refused("InvalidParameterException"):
        secrets.delete_secret(SecretId=made["Name"], RecoveryWindowInDays=7, ForceDeleteWithoutRecovery=True)
    answer = secrets.delete_secret(SecretId=made["Name"])
    days = (answer["DeletionDate"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds() / 86400
    assert 29.9 < days < 30.1, days


@proves("a forced deletion is under way for a moment, then the name is free and the old value gone")
def forced_deletion():
    made = created()
    secrets.delete_secret(SecretId=made["Name"], ForceDeleteWithoutRecovery=True)
    with refused("InvalidRequestException"):
        secrets.create_secret(Name=made["Name"], SecretString="x")
    with refused("InvalidRequestException"):
        secrets.restore_secret(SecretId=made["Name"])
    deadline = time.monotonic() + 10
    while True:
        try:
            again = secrets.create_secret(Name=made["Name"], SecretString="new")
            break
        except secrets.exceptions.InvalidRequestException:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert again["ARN"] != made["ARN"]
    with refused("ResourceNotFoundException"):
        secrets.get_secret_value(SecretId=made["Name"], VersionId=made["VersionId"])


@proves("forcing the deletion of what is not there succeeds")
def forced_deletion_of_nothing():
    name = new_name()
    answer = secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert answer["Name"] == name and name in answer["ARN"]


@proves("values are 1 to 65,536 bytes, names 1 to 512 of AWS's characters, descriptions up to 2048")
def limits():
    secrets.create_secret(Name=new_name(), SecretString="x" * 65536)
    secrets.create_secret(Name=new_name(), SecretBinary=b"x" * 65536)
    secrets.create_secret(Name="n" * (512 - 36) + str(uuid.uuid4()), SecretString="x", Description="d" * 2048)
    for members in (
        {"SecretString": "x" * 65537},
        {"SecretString": "é" * 32769},
        {"SecretString": ""},
        {"SecretBinary": b""},
        {"SecretBinary": b"x" * 65537},
        {"SecretString": "x", "Description": "d" * 2049},
        {"SecretString": "x", "Name": ""},
        {"SecretString": "x", "Name": "n" * 513},
        {"SecretString": "x", "Name": "no spaces"},
        {"SecretString": "x", "Name": "nö"},
    ):
        with refused("ValidationException"):
            secrets.create_secret(**({"Name": new_name()} | members))
    with refused("InvalidParameterException"):
        secrets.create_secret(Name=new_name(), SecretString="x", SecretBinary=b"x")


@proves("a secret without a value exists and has nothing to read")
def no_value():
    name = new_name()
    assert "VersionId" not in secrets.create_secret(Name=name)
    with refused("ResourceNotFoundException", "staging label: AWSCURRENT"):
        secrets.get_secret_value(SecretId=name)
    secrets.put_secret_value(SecretId=name, SecretString="x", VersionStages=["MINE"])
    assert sorted(secrets.get_secret_value(SecretId=name)["VersionStages"]) == ["AWSCURRENT", "MINE"]


@proves("describing shows names, stages, tags and times, never a value")
def describe():
    made = created(Description="for people", Tags=[{"Key": "team", "Value": "research"}])
    described = secrets.describe_secret(SecretId=made["ARN"])
    assert described["VersionIdsToStages"] == {made["VersionId"]: ["AWSCURRENT"]}
    assert described["Description"] == "for people"
    assert described["Tags"] == [{"Key": "team", "Value": "research"}]
    assert "DeletedDate" not in described and "first" not in str(described)


@proves("lists go page by page, and versions without a stage are shown on request")
def lists():
    prefix = new_name()
    names = [f"{prefix}/{index}" for index in range(5)]
    for name in names:
        secrets.create_secret(Name=name, SecretString="x")
    pages = secrets.get_paginator("list_secrets").paginate(
        Filters=[{"Key": "name", "Values": [prefix]}], PaginationConfig={"PageSize": 2}
    )
    assert [entry["Name"] for page in pages for entry in page["SecretList"]] == names
    secrets.delete_secret(SecretId=names[0])
    listing = {"Filters": [{"Key": "name", "Values": [prefix]}]}
    assert len(secrets.list_secrets(**listing)["SecretList"]) == 4
    assert len(secrets.list_secrets(**listing, IncludePlannedDeletion=True)["SecretList"]) == 5
    with refused("InvalidNextTokenException"):
        secrets.list_secrets(NextToken="nonsense")
    for value in ("y", "z"):
        secrets.put_secret_value(SecretId=names[1], SecretString=value)
    assert len(secrets.list_secret_version_ids(SecretId=names[1])["Versions"]) == 2
    assert len(secrets.list_secret_version_ids(SecretId=names[1], IncludeDeprecated=True)["Versions"]) == 3


@proves("a disabled key neither encrypts nor decrypts, and a denied one is AccessDeniedException")
def keys():
    with refused("EncryptionFailure"):
        created(KmsKeyId="disabled")
    with refused("AccessDeniedException", "Access to KMS is not allowed"):
        created(KmsKeyId="denied")
    arn = f"arn:aws:kms:{region}:123456789012:key/enabled"
    made = created(KmsKeyId=arn)
    assert secrets.describe_secret(SecretId=made["Name"])["KmsKeyId"] == arn
    assert secrets.get_secret_value(SecretId=made["Name"])["SecretString"] == "first"


@contextlib.contextmanager
def altered(change, before_signing=False):
    """A client whose body is changed on its way."""

    def change_body(request, **_):
        request.data = change(request.body if isinstance(request.body, bytes) else request.data)
        del request.headers["Content-Length"]

    def change_prepared(request, **_):
        request.body = change(request.body)
        request.headers["Content-Length"] = str(len(request.body))

    changed = client()
    if before_signing:
        changed.meta.events.register("before-sign.secretsmanager", change_body)
    else:
        changed.meta.events.register("before-send.secretsmanager", change_prepared)
    yield changed


@proves("a body that was altered after signing is refused")
def altered_body():
    with altered(lambda body: body.replace(b"honest", b"forged")) as forger:
        with refused("InvalidSignatureException", "does not match the signature you provided"):
            forger.create_secret(Name=new_name(), SecretString="honest")


@proves("a wrong secret key is refused, and so are an unknown key id and a wrong or missing session token")
def wrong_keys():
    with refused("InvalidSignatureException"):
        client(aws_secret_access_key="wrong").list_secrets()
    with refused("UnrecognizedClientException"):
        client(aws_access_key_id="AKIAUNKNOWN").list_secrets()
    with refused("UnrecognizedClientException"):
        client(aws_session_token="wrong").list_secrets()
    with refused("UnrecognizedClientException"):
        client(aws_session_token=None).list_secrets()


@proves("another region or service in the credential's scope is refused")
def wrong_scope():
    with refused("InvalidSignatureException", "valid region"):
        client(region_name="eu-west-1").list_secrets()
    original = botocore.auth.SigV4Auth.__init__

    def for_another_service(self, credentials, service_name, region_name):
        original(self, credentials, "s3", region_name)

    try:
        botocore.auth.SigV4Auth.__init__ = for_another_service
        with refused("InvalidSignatureException", "correct service"):
            client().list_secrets()
    finally:
        botocore.auth.SigV4Auth.__init__ = original


@proves("a clock that is off by ten minutes is refused either way, by four it is not")
def clock_skew():
    original = botocore.auth.get_current_datetime
    try:
        for minutes, expectation in (
            (-10, "Signature expired"),
            (10, "Signature not yet current"),
            (-4, None),
            (4, None),
        ):
            botocore.auth.get_current_datetime = lambda remove_tzinfo=True, minutes=minutes: original(
                remove_tzinfo
            ) + datetime.timedelta(minutes=minutes)
            if expectation is None:
                client().list_secrets()
                continue
            with refused("InvalidSignatureException", expectation):
                client().list_secrets()
    finally:
        botocore.auth.get_current_datetime = original


@proves("host and every x-amz- header must be signed")
def unsigned_headers():
    original = botocore.auth.SigV4Auth.headers_to_sign
    for header in ("x-amz-target", "x-amz-date", "host"):

        def without(self, request, header=header):
            headers = original(self, request)
            del headers[header]
            return headers

        try:
            botocore.auth.SigV4Auth.headers_to_sign = without
            with refused("InvalidSignatureException", "must be a 'SignedHeader'"):
                client().list_secrets()
        finally:
            botocore.auth.SigV4Auth.headers_to_sign = original


@proves("a signed header that was altered is refused")
def altered_header():
    def change(request, **_):
        request.headers["X-Amz-Target"] = "secretsmanager.DeleteSecret"

    forger = client()
    forger.meta.events.register("before-send.secretsmanager", change)
    with refused("InvalidSignatureException"):
        forger.list_secrets()


@proves("an unsigned call and a mutilated Authorization are named as such")
def no_signature():
    def strip(request, **_):
        del request.headers["Authorization"]

    def mutilate(request, **_):
        request.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host"

    for change, code in ((strip, "MissingAuthenticationTokenException"), (mutilate, "IncompleteSignatureException")):
        caller = client()
        caller.meta.events.register("before-send.secretsmanager", change)
        with refused(code):
            caller.list_secrets()


@proves("an operation that is not served is UnknownOperationException")
def unknown_operation():
    try:
        secrets.get_random_password()
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "UnknownOperationException", error.response
    else:
        raise AssertionError("was accepted")


@proves("STS says who the caller is, and refuses a wrong key in its own words")
def caller_identity():
    identity = client("sts").get_caller_identity()
    assert identity["Account"] == "123456789012"
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/broker", identity
    with refused("SignatureDoesNotMatch"):
        client("sts", aws_secret_access_key="wrong").get_caller_identity()
    with refused("InvalidClientTokenId"):
        client("sts", aws_access_key_id="AKIAUNKNOWN").get_caller_identity()


@proves("the credentials of the metadata service work, for version 2 alone")
def instance_metadata():
    fetcher = botocore.utils.InstanceMetadataFetcher(base_url=endpoint)
    given = fetcher.retrieve_iam_role_credentials()
    assert given["role_name"] == "secret-broker", given
    borrowed = {
        "aws_access_key_id": given["access_key"],
        "aws_secret_access_key": given["secret_key"],
        "aws_session_token": given["token"],
    }
    client(**borrowed).list_secrets()
    arn = client("sts", **borrowed).get_caller_identity()["Arn"]
    assert arn.startswith("arn:aws:sts::123456789012:assumed-role/secret-broker/"), arn
    request = botocore.awsrequest.AWSRequest
    session = botocore.httpsession.URLLib3Session()

    def status(method, path, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return session.send(request(method=method, url=endpoint + path, headers=headers).prepare()).status_code

    role = "/latest/meta-data/iam/security-credentials/"
    assert status("GET", role) == 401
    assert status("GET", role, x_aws_ec2_metadata_token="wrong") == 401
    assert status("PUT", "/latest/api/token") == 400
    assert status("PUT", "/latest/api/token", x_aws_ec2_metadata_token_ttl_seconds="21601") == 400
    forwarded = {"x_aws_ec2_metadata_token_ttl_seconds": "60", "X_Forwarded_For": "192.0.2.1"}
    assert status("PUT", "/latest/api/token", **forwarded) == 403


def usable(credentials):
    return client(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@proves("a role is taken on with its external id, and its session works")
def assume_role():
    sts = client("sts")
    role = {"RoleArn": "arn:aws:iam::123456789012:role/deployer", "RoleSessionName": "broker-research"}
    answer = sts.assume_role(**role, ExternalId="tenant 1/a+b", DurationSeconds=900)
    seconds = (answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert 890 < seconds <= 900, seconds
    arn = "arn:aws:sts::123456789012:assumed-role/deployer/broker-research"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    usable(answer["Credentials"]).list_secrets()
    for wrong in ({}, {"ExternalId": "tenant 1/a b"}):
        with refused("AccessDenied"):
            sts.assume_role(**role, **wrong)
    with refused("AccessDenied"):
        sts.assume_role(**role | {"RoleArn": "arn:aws:iam::123456789012:role/none"}, ExternalId="tenant 1/a+b")
    for wrong in ({"DurationSeconds": 899}, {"DurationSeconds": 43201}, {"RoleSessionName": "a b"}):
        with refused("ValidationError"):
            sts.assume_role(**role | wrong, ExternalId="tenant 1/a+b")
    with refused("SignatureDoesNotMatch"):
        client("sts", aws_secret_access_key="wrong").assume_role(**role, ExternalId="tenant 1/a+b")


@proves("a session is no longer than its role allows, nor than an hour where a role takes it on")
def session_limits():
    role = {"RoleArn": "arn:aws:iam::123456789012:role/long", "RoleSessionName": "broker"}
    answer = client("sts").assume_role(**role, DurationSeconds=43200)
    with refused("ValidationError", "MaxSessionDuration"):
        client("sts").assume_role(**role | {"RoleArn": role["RoleArn"].replace("long", "late")}, DurationSeconds=3601)
    session = answer["Credentials"]
    chained = client(
        "sts",
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )
    chained.assume_role(**role, DurationSeconds=3600)
    with refused("ValidationError", "role chaining"):
        chained.assume_role(**role, DurationSeconds=3601)


@proves("a role is taken on with a web identity token, unsigned")
def web_identity():
    sts = boto3.client(
        "sts", endpoint_url=endpoint, region_name=region, config=Config(signature_version=botocore.UNSIGNED)
    )
    role = {"RoleArn": "arn:aws:iam::123456789012:role/deployer", "RoleSessionName": "broker"}
    answer = sts.assume_role_with_web_identity(**role, WebIdentityToken="eyJ.web.identity")
    usable(answer["Credentials"]).list_secrets()
    with refused("InvalidIdentityToken"):
        sts.assume_role_with_web_identity(**role, WebIdentityToken="eyJ.web.identitz")
    with refused("AccessDenied"):
        sts.assume_role_with_web_identity(
            **role | {"RoleArn": "arn:aws:iam::123456789012:role/none"}, WebIdentityToken="eyJ.web.identity"
        )
    for name, token, code in (
        ("foreign", "eyJ.foreign", "InvalidIdentityToken"),
        ("late", "eyJ.late", "ExpiredTokenException"),
    ):
        with refused(code):
            sts.assume_role_with_web_identity(
                **role | {"RoleArn": f"arn:aws:iam::123456789012:role/{name}"}, WebIdentityToken=token
            )


@proves("the container endpoint gives out credentials that work, to who has its token")
def container_credentials():
    fetcher = botocore.utils.ContainerMetadataFetcher()
    given = fetcher.retrieve_full_uri(endpoint + "/v2/credentials", headers={"Authorization": "container-token"})
    usable(given | {"SessionToken": given["Token"]}).list_secrets()
    fetcher.RETRY_ATTEMPTS = 1
    try:
        fetcher.retrieve_full_uri(endpoint + "/v2/credentials", headers={"Authorization": "wrong"})
    except botocore.exceptions.MetadataRetrievalError as error:
        assert "401" in str(error), error
    else:
        raise AssertionError("was accepted")


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
