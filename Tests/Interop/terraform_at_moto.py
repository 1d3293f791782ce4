"""Applies the module `terraform/aws` to moto, and puts what moto cannot judge aside.

usage: terraform_at_moto.py apply URL PLUGIN_FOLDER FOLDER   in a new folder
       terraform_at_moto.py outputs FOLDER                   prints {"machine": OUTPUTS, "eks": OUTPUTS}, once a second
                                                             plan finds nothing to change
       terraform_at_moto.py enforce URL ROLE [ACTION...]     the role's policy without ACTIONs; prints an access key
                                                             of the user who takes the role on
       terraform_at_moto.py relax URL                        nothing is judged any more

moto judges who calls and which action, on the resource "*" alone: `enforce` puts the module's own actions on it. That
the names in the module's policy are the namespace's own is for `terraform_names.py` to prove.
"""

import json
import pathlib
import sys

import boto3
import requests

from terraform_here import ROOT, demand, initialise

REGION = "us-east-1"
USER = "machine"
KEYS = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "secret"}

CONFIGURATION = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "%(region)s"
  access_key                  = "%(aws_access_key_id)s"
  secret_key                  = "%(aws_secret_access_key)s"
  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {
    iam = "%(url)s"
    kms = "%(url)s"
    sts = "%(url)s"
  }
}

resource "aws_iam_user" "machine" {
  name = "%(user)s"
}

module "machine" {
  source = "%(module)s"

  namespace      = "wandb"
  create_kms_key = true
  assume_role    = { principal_arns = [aws_iam_user.machine.arn], external_id = "the-broker" }
}

module "eks" {
  source = "%(module)s"

  namespace = "prod"
  irsa = {
    oidc_provider_arn = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
    namespace         = "secret-broker"
  }
}

output "machine" {
  value = module.machine
}

output "eks" {
  value = module.eks
}
"""


def apply(url, plugins, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text(
        CONFIGURATION % {"url": url, "region": REGION, "user": USER, "module": ROOT / "aws", **KEYS})
    initialise(folder, plugins)
    print(demand(folder, "apply", "-no-color", "-input=false", "-auto-approve"))


def outputs(folder):
    folder = pathlib.Path(folder)
    plan = demand(folder, "plan", "-no-color", "-input=false", "-detailed-exitcode")
    assert "No changes." in plan, plan
    found = json.loads(demand(folder, "output", "-json", "-no-color"))
    print(json.dumps({name: output["value"] for name, output in found.items()}))


def judge(url, after):
    """From which call on moto judges callers."""
    requests.post(f"{url}/moto-api/reset-auth", data=str(after)).raise_for_status()


def enforce(url, role, *withdrawn):
    judge(url, 1_000_000)
    iam = boto3.client("iam", endpoint_url=url, region_name=REGION, **KEYS)
    (attached,) = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    policy = {"PolicyArn": attached["PolicyArn"]}
    document = iam.get_policy_version(**policy, VersionId="v1")["PolicyVersion"]["Document"]
    granted = [action for statement in document["Statement"] for action in statement["Action"]]
    assert set(withdrawn) <= set(granted), granted
    actions = [action for action in granted if action not in withdrawn]
    for version in iam.list_policy_versions(**policy)["Versions"]:
        if version["VersionId"] != "v1" and not version["IsDefaultVersion"]:
            iam.delete_policy_version(**policy, VersionId=version["VersionId"])
    iam.create_policy_version(**policy, PolicyDocument=allowing(actions), SetAsDefault=True)

    iam.put_user_policy(UserName=USER, PolicyName="take-on", PolicyDocument=allowing(["sts:AssumeRole"]))
    for key in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=USER, AccessKeyId=key["AccessKeyId"])
    key = iam.create_access_key(UserName=USER)["AccessKey"]
    judge(url, 0)
    print(json.dumps({"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}))


def allowing(actions):
    return json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]})


def relax(url):
    judge(url, 1_000_000)


{"apply": apply, "outputs": outputs, "enforce": enforce, "relax": relax}[sys.argv[1]](*sys.argv[2:])
