"""What the measurements need beside the broker: Debian's tools, two small C programs, a plain server, Python packages.
Each is made when it is first asked for, in .build/bench."""

import os
import shutil
import subprocess
import sys

BENCH = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(BENCH))
BUILD = os.path.join(ROOT, ".build/bench")
BROKER = os.environ.get("SECRET_BROKER_BINARY") or os.path.join(ROOT, ".build/release/secret-broker")


def tools():
    """Installs what is missing when run by root; says it otherwise."""
    packages = {"wrk": "wrk", "stunnel": "stunnel4", "openssl": "openssl", "cc": "gcc"}
    missing = [package for program, package in packages.items() if not shutil.which(program)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"))
    elif missing:
        sys.exit("These programs are missing; as root: apt-get install " + " ".join(missing))
    if not os.path.exists(BROKER):
        sys.exit(f"{BROKER} is missing: make build")
    os.makedirs(BUILD, exist_ok=True)


def _is_newer(made, *sources):
    return os.path.exists(made) and all(os.path.getmtime(made) >= os.path.getmtime(source) for source in sources)


def compiled(source, *options):
    """A C file of this folder as a program, or with `-shared` as a library."""
    source = os.path.join(BENCH, source)
    made = os.path.join(BUILD, os.path.basename(source)[:-2])
    if not _is_newer(made, source):
        subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-o", made, source, *options], check=True)
    return made


def plain_server():
    """Takes about four minutes the first time."""
    package = os.path.join(BENCH, "Plain")
    scratch = os.path.join(BUILD, "plain")
    made = os.path.join(scratch, "release/plain")
    if not _is_newer(made, os.path.join(package, "Sources/plain/Plain.swift")):
        print("building the plain server", file=sys.stderr)
        subprocess.run(["swift", "build", "-c", "release", "--static-swift-stdlib", "-Xlinker", "-s",
                        "--package-path", package, "--scratch-path", scratch], check=True, stdout=subprocess.DEVNULL)
        os.utime(made)
    return made


def python():
    """One that has the packages of requirements.txt."""
    wanted = os.path.join(BENCH, "requirements.txt")
    environment = os.path.join(BUILD, "python")
    mark = os.path.join(environment, "requirements.txt")
    if not _is_newer(mark, wanted):
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run([os.path.join(environment, "bin/pip"), "install", "--quiet", "--disable-pip-version-check",
                        "-r", wanted], check=True)
        shutil.copy(wanted, mark)
    return os.path.join(environment, "bin/python")


def certificate(folder):
    """Of localhost, for a day, in one file with its key; it vouches for itself."""
    path = os.path.join(folder, "certificate.pem")
    key = os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=bench", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", path, "-keyout", key],
        check=True, capture_output=True)
    with open(path, "a") as both, open(key) as file:
        both.write(file.read())
    return path
