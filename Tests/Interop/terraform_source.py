"""What the modules in `terraform/` say, read with python-hcl2: nothing is run."""

import pathlib

import hcl2
from hcl2 import SerializationOptions

ROOT = pathlib.Path("terraform")
MODULES = ["aws", "google", "azure", "kubernetes"]
PLAIN = SerializationOptions(with_comments=False, explicit_blocks=False, strip_string_quotes=True)


def read(folder):
    """The blocks of all files of a folder, by kind: {"resource": [...], "locals": [...]}."""
    blocks = {}
    for path in sorted(folder.glob("*.tf")):
        with open(path) as file:
            for kind, found in hcl2.load(file, serialization_options=PLAIN).items():
                blocks.setdefault(kind, []).extend(found)
    return blocks


def labelled(blocks, kind):
    """{name: body} of blocks with one label, such as variables."""
    return {unquoted(name): body for block in blocks.get(kind, []) for name, body in block.items()}


def resources(blocks, keyword="resource"):
    """{(type, name): body}, of what the keyword declares: resources, or data."""
    return {
        (unquoted(kind), unquoted(name)): body
        for block in blocks.get(keyword, [])
        for kind, named in block.items()
        for name, body in named.items()
    }


def local_values(blocks):
    return {name: value for block in blocks.get("locals", []) for name, value in block.items()}


def unquoted(text):
    return text.strip('"')


def one(items):
    (item,) = items
    return item
