"""Prints the endpoint that botocore's rule sets give each service in each region and variant, one JSON object a line."""

import json

import botocore.session
from botocore.endpoint_provider import EndpointProvider


def main():
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    partitions = loader.load_data("partitions")
    for service in ["secretsmanager", "sts"]:
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        provider = EndpointProvider(rules, partitions)
        for partition in partitions["partitions"]:
            for region in partition["regions"]:
                if region.endswith("-global"):
                    continue
                for fips in [False, True]:
                    for dual in [False, True]:
                        endpoint = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual)
                        print(json.dumps({
                            "service": service, "partition": partition["id"], "region": region, "fips": fips,
                            "dual_stack": dual, "url": endpoint.url,
                        }))


main()
