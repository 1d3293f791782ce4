"""Reads a JSON list of texts, and prints what botocore's parser of configuration files makes of each, as a JSON list."""

import json
import os
import sys
import tempfile

import botocore.configloader
import botocore.exceptions


def main():
    parsed = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        for text in json.load(sys.stdin):
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            try:
                parsed.append({"sections": botocore.configloader.raw_config_parse(path, parse_subsections=False)})
            except botocore.exceptions.ConfigParseError:
                parsed.append({"sections": None})
    json.dump(parsed, sys.stdout)


main()
