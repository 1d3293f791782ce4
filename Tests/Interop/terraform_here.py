"""Runs Terraform on the modules of `terraform/`, in copies, without a network.

usage: terraform_here.py fmt
       terraform_here.py validate aws PLUGIN_FOLDER     the module and its examples
       terraform_here.py test aws PLUGIN_FOLDER         its tests, with the provider mocked
       terraform_here.py test google|azure|kubernetes   the tests of what needs no provider: variables and locals
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path("terraform").resolve()
# Without them Terraform cannot tell what a resource takes.
WITHOUT_PROVIDER = ["variables.tf", "locals.tf"]


def terraform(folder, *arguments):
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
    }
    finished = subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments], env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return finished.returncode, finished.stdout


def demand(folder, *arguments):
    status, output = terraform(folder, *arguments)
    if status:
        sys.exit(f"terraform {' '.join(arguments)} in {folder}:\n{output}")
    return output


def initialise(folder, plugins):
    if plugins:
        demand(folder, "init", "-no-color", "-input=false", f"-plugin-dir={plugins}")
    else:
        demand(folder, "init", "-no-color", "-input=false")


def main():
    action, module, plugins = (sys.argv[1:] + [None, None])[:3]
    if action == "fmt":
        demand(ROOT, "fmt", "-check", "-diff", "-no-color", "-recursive")
        return
    with tempfile.TemporaryDirectory(prefix="terraform-") as temporary:
        copy = pathlib.Path(temporary) / module
        if plugins:
            shutil.copytree(ROOT / module, copy, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
        else:
            copy.mkdir()
            shutil.copytree(ROOT / module / "tests", copy / "tests")
            for name in WITHOUT_PROVIDER:
                if (ROOT / module / name).exists():
                    shutil.copy(ROOT / module / name, copy)
        if action == "validate":
            for folder in [copy, *sorted((copy / "examples").iterdir())]:
                initialise(folder, plugins)
                print(folder.name, demand(folder, "validate", "-no-color").strip())
        else:
            initialise(copy, plugins)
            print(demand(copy, "test", "-no-color"))


if __name__ == "__main__":
    main()
