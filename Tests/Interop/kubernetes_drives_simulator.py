"""The official client finds the simulated API server as Kubernetes has it. Argument: a kubeconfig of one who may do all
with secrets in the namespace "wandb"."""

import base64
import json
import sys

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

NAMESPACE = "wandb"
proven = 0


def check(condition, what):
    global proven
    if not condition:
        sys.exit(f"not so: {what}")
    proven += 1


def refused(status, reason, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except ApiException as error:
        body = json.loads(error.body)
        check(error.status == status, f"{call.__name__}: status {error.status}, expected {status}")
        check(body["kind"] == "Status" and body["status"] == "Failure", f"{call.__name__}: a Status")
        check(body["code"] == status, f"{call.__name__}: its code")
        check(body.get("reason") == reason, f"{call.__name__}: reason {body.get('reason')}, expected {reason}")
        return body
    sys.exit(f"not refused: {call.__name__}")


def secret(name, value=b"value", **more):
    return client.V1Secret(
        metadata=client.V1ObjectMeta(name=name, labels={"a": "b"}, annotations={"c": "d"}),
        data={"value": base64.b64encode(value).decode()}, **more)


def secrets(api):
    made = api.create_namespaced_secret(NAMESPACE, secret("one", immutable=True, type="Opaque"))
    check(made.metadata.uid and made.metadata.resource_version, "a new object has uid and version")
    check(made.immutable is True and made.type == "Opaque", "what was sent is kept")
    check(made.metadata.labels == {"a": "b"} and made.metadata.annotations == {"c": "d"}, "labels, annotations")
    check(made.metadata.creation_timestamp is not None, "a time")

    read = api.read_namespaced_secret("one", NAMESPACE)
    check(base64.b64decode(read.data["value"]) == b"value", "the value comes back")
    check(read.metadata.uid == made.metadata.uid, "the uid stays")

    body = refused(409, "AlreadyExists", api.create_namespaced_secret, NAMESPACE, secret("one"))
    check(body["details"]["name"] == "one" and body["details"]["kind"] == "secrets", "details of what exists")
    body = refused(404, "NotFound", api.read_namespaced_secret, "two", NAMESPACE)
    check(body["details"]["kind"] == "secrets", "details of what is absent")
    refused(404, "NotFound", api.delete_namespaced_secret, "two", NAMESPACE)

    # An immutable object refuses another value, and being made mutable; anything else of it may change.
    refused(422, "Invalid", api.replace_namespaced_secret, "one", NAMESPACE, secret("one", b"other", immutable=True))
    refused(422, "Invalid", api.replace_namespaced_secret, "one", NAMESPACE, secret("one"))
    again = api.replace_namespaced_secret("one", NAMESPACE, secret("one", immutable=True))
    check(again.metadata.uid == made.metadata.uid, "a replaced object is the same")
    check(again.metadata.resource_version != made.metadata.resource_version, "with another version")

    names = [item.metadata.name for item in api.list_namespaced_secret(NAMESPACE).items]
    check(names == ["one"], "it is listed")


def conditions(api):
    first = api.create_namespaced_secret(
        NAMESPACE, client.V1Secret(metadata=client.V1ObjectMeta(name="text"), string_data={"value": "text"}))
    check(first.string_data is None and base64.b64decode(first.data["value"]) == b"text", "stringData is write-only")
    check(first.type == "Opaque", "the type has a default")
    stale = first.metadata.resource_version
    first.data["value"] = base64.b64encode(b"more").decode()
    api.replace_namespaced_secret("text", NAMESPACE, first)
    first.metadata.resource_version = stale
    refused(409, "Conflict", api.replace_namespaced_secret, "text", NAMESPACE, first)
    other = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="11111111-2222-3333-4444-555555555555"))
    refused(409, "Conflict", api.delete_namespaced_secret, "text", NAMESPACE, body=other)
    own = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid=first.metadata.uid))
    gone = api.delete_namespaced_secret("text", NAMESPACE, body=own)
    check(gone["status"] == "Success", "a Status says that it was deleted")
    check(gone["details"]["uid"] == first.metadata.uid, "and which object")
    new = api.create_namespaced_secret(NAMESPACE, secret("text"))
    check(new.metadata.uid != first.metadata.uid, "the name's next object has another uid")


def refusals(api):
    refused(422, "Invalid", api.create_namespaced_secret, NAMESPACE, secret("Upper"))
    refused(422, "Invalid", api.create_namespaced_secret, NAMESPACE, secret("large", b"x" * (1 << 20) + b"x"))
    refused(403, "Forbidden", api.read_namespaced_secret, "one", "default")
    refused(403, "Forbidden", api.list_secret_for_all_namespaces)
    refused(405, "MethodNotAllowed", api.patch_namespaced_secret, "one", NAMESPACE, {"immutable": False})
    stranger = client.Configuration.get_default_copy()
    stranger.api_key = {"BearerToken": "Bearer false"}
    stranger.refresh_api_key_hook = None
    refused(401, "Unauthorized", client.CoreV1Api(client.ApiClient(stranger)).read_namespaced_secret, "one", NAMESPACE)


def reviews():
    api = client.AuthorizationV1Api()

    def may(verb, namespace, resource="secrets", subresource=None):
        attributes = client.V1ResourceAttributes(
            verb=verb, resource=resource, subresource=subresource, namespace=namespace)
        review = client.V1SelfSubjectAccessReview(
            spec=client.V1SelfSubjectAccessReviewSpec(resource_attributes=attributes))
        return api.create_self_subject_access_review(review).status.allowed

    check(may("get", NAMESPACE) and may("list", NAMESPACE), "what is granted is allowed")
    check(not may("watch", NAMESPACE) and not may("get", "default") and not may("get", None), "and nothing else")
    check(not may("create", NAMESPACE, "pods") and not may("create", NAMESPACE, "pods", "exec"), "nor other kinds")
    rules = api.create_self_subject_rules_review(
        client.V1SelfSubjectRulesReview(spec=client.V1SelfSubjectRulesReviewSpec(namespace=NAMESPACE))).status
    check(rules.incomplete is False and any("secrets" in rule.resources for rule in rules.resource_rules), "rules")
    who = client.AuthenticationV1Api().create_self_subject_review(client.V1SelfSubjectReview())
    check(who.status.user_info.username == "system:serviceaccount:wandb:secret-broker", "who one is")


def main():
    config.load_kube_config(sys.argv[1])
    check(client.VersionApi().get_code().major == "1", "a version")
    groups = [group.name for group in client.ApisApi().get_api_versions().groups]
    check("authorization.k8s.io" in groups, "groups of the API")
    resources = [resource.name for resource in client.CoreV1Api().get_api_resources().resources]
    check(resources == ["secrets"], "resources of the API")
    secrets(client.CoreV1Api())
    conditions(client.CoreV1Api())
    refusals(client.CoreV1Api())
    reviews()
    print(f"proven: {proven}")


main()
