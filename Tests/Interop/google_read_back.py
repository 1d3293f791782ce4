"""Reads secrets with Google's own client and prints what it finds, one JSON object a line.

usage: google_read_back.py ENDPOINT_URL PROJECT ID...
"""

import json
import sys

from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager_v1.services.secret_manager_service import SecretManagerServiceClient
from google.cloud.secretmanager_v1.services.secret_manager_service.transports import SecretManagerServiceRestTransport


def main():
    url, project, ids = sys.argv[1], sys.argv[2], sys.argv[3:]
    client = SecretManagerServiceClient(
        transport=SecretManagerServiceRestTransport(
            host=url.removeprefix("http://"), url_scheme="http", credentials=AnonymousCredentials()))
    for secret_id in ids:
        name = f"projects/{project}/secrets/{secret_id}"
        try:
            versions = [version.name.split("/")[-1] for version in client.list_secret_versions(parent=name)]
            data = client.access_secret_version(name=f"{name}/versions/latest").payload.data
            print(json.dumps({"versions": sorted(versions), "hex": data.hex()}))
        except GoogleAPICallError as error:
            print(json.dumps({"error": type(error).__name__}))


main()
