"""Reads secrets with boto3 and prints what it finds, one JSON object a line.

usage: aws_read_back.py ENDPOINT_URL REGION NAME...
"""

import json
import sys

import boto3
from botocore.exceptions import ClientError


def main():
    url, region, names = sys.argv[1], sys.argv[2], sys.argv[3:]
    client = boto3.client("secretsmanager", endpoint_url=url, region_name=region,
                          aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="secret")
    for name in names:
        try:
            described = client.describe_secret(SecretId=name)
            found = {"description": described.get("Description"), "key": described.get("KmsKeyId"),
                     "tags": len(described.get("Tags", [])), "deleted": "DeletedDate" in described}
        except ClientError as error:
            print(json.dumps({"error": error.response["Error"]["Code"]}))
            continue
        if not found["deleted"]:
            value = client.get_secret_value(SecretId=name)
            found |= {"version": value["VersionId"], "text": value.get("SecretString"),
                      "binary": value["SecretBinary"].hex() if "SecretBinary" in value else None}
        print(json.dumps(found))


main()
