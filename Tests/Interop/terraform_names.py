"""Says which names of secrets a policy covers, by IAM's own rule for `*` and `?` in a resource.

usage: terraform_names.py NAME... < POLICY    prints {NAME: true|false}; each name stands for the ARN that AWS makes of it
"""

import json
import re
import sys


def covers(pattern, arn):
    # No fnmatch: brackets mean nothing to IAM.
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(character, re.escape(character)) for character in pattern), arn, re.DOTALL)


def main():
    policy = json.load(sys.stdin)
    patterns = [
        statement["Resource"] for statement in policy["Statement"]
        if any(action.startswith("secretsmanager:") for action in statement["Action"])
    ]
    assert all(isinstance(pattern, str) for pattern in patterns)
    prefix = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
    # AWS puts a hyphen and six characters behind a name; before there is a secret it judges the name itself.
    arns = {name: [f"{prefix}{name}-AbC123", prefix + name] for name in sys.argv[1:]}
    print(json.dumps({
        name: [any(covers(pattern, arn) for pattern in patterns) for arn in found] for name, found in arns.items()}))


main()
