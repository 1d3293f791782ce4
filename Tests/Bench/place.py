"""A place of its own for one measurement: a simulated AWS in a process of its own, TLS in front of it, catalogs, and
brokers on them; all on loopback, gone at the end."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import prepare

REGION = "us-east-1"


class Broker:
    """A running `serve`."""

    def __init__(self, process, url, admin, resolver, catalog, ready_ms):
        self.process, self.pid, self.url = process, process.pid, url
        self.admin, self.resolver, self.catalog_url, self.ready_ms = admin, resolver, catalog, ready_ms

    @property
    def catalog(self):
        """The file."""
        return self.catalog_url.removeprefix("sqlite://")

    def call(self, path, body=None, method=None, token=None):
        request = urllib.request.Request(
            self.url + path, None if body is None else json.dumps(body).encode(),
            {"Authorization": "Bearer " + (token or self.admin)}, method=method)
        with urllib.request.urlopen(request) as answer:
            self.last_headers = answer.headers
            return answer.read().decode()

    def add(self, name, value="a value of forty characters, more or less"):
        self.call("/v1/teams/research/secrets", {"name": name, "value": value})

    def metric(self, name, *labels):
        """The sum of the samples that have all these labels."""
        total = 0
        for line in self.call("/metrics").splitlines():
            if re.match(rf"{name}[ {{]", line) and all(label in line for label in labels):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def memory_mib(self, field):
        """RssAnon, VmRSS and the like."""
        with open(f"/proc/{self.pid}/status") as file:
            return int(re.search(rf"{field}:\s+(\d+)", file.read()).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Place(contextlib.ExitStack):
    def __enter__(self):
        self.folder = self.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))
        self.authority = prepare.certificate(self.folder)
        self.made = 0
        # Neither this user's clouds, proxies and files nor settings of the broker's.
        self.clean = {name: value for name, value in os.environ.items() if not re.match(
            r"(AWS|GOOGLE|AZURE|GORILLA|SECRET_BROKER|KUBE)|https?_proxy|HTTPS?_PROXY", name)}
        # The last as the unit and the image have it; for the plain server too.
        self.clean.update(HOME=self.folder, TMPDIR=self.folder, GLIBC_TUNABLES="glibc.malloc.tcache_count=400")
        self._start_cloud()
        return self

    def new_name(self, kind):
        self.made += 1
        return os.path.join(self.folder, f"{kind}-{self.made}")

    def start(self, command, environment=None):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=environment or self.clean)
        self.callback(lambda: (process.kill(), process.wait()) if process.poll() is None else None)
        return process

    def _started(self, command, environment):
        """With what it writes into its ready file, and after how many milliseconds."""
        ready = self.new_name("ready")
        began = time.perf_counter()
        process = self.start(command + ["--ready-file", ready], environment)
        while not os.path.exists(ready):
            if process.poll() is not None:
                raise RuntimeError(" ".join(command) + " did not start")
            time.sleep(0.0005)
        after = (time.perf_counter() - began) * 1000
        with open(ready) as file:
            return process, json.load(file), after

    def _start_cloud(self):
        """`dev` has one; its status says where. Its metadata service gives out credentials, as an instance's does."""
        process, at, _ = self._started([prepare.BROKER, "dev", "--listen", "127.0.0.1:0"], self.clean)
        status = Broker(process, at["url"], at["admin_token"], "", "", 0).call("/v1/status")
        self.cloud = re.search(r"http://127\.0\.0\.1:\d+", json.loads(status)["stores"][0]["location"]).group()
        self.cloud_pid = process.pid

    def credentials(self):
        """As environment variables, for other programs than the broker, which asks the metadata service itself."""
        def ask(path, method, headers):
            request = urllib.request.Request(self.cloud + "/latest" + path, None, headers, method=method)
            return urllib.request.urlopen(request).read().decode()
        token = ask("/api/token", "PUT", {"X-aws-ec2-metadata-token-ttl-seconds": "600"})
        path, headers = "/meta-data/iam/security-credentials/", {"X-aws-ec2-metadata-token": token}
        found = json.loads(ask(path + ask(path, "GET", headers), "GET", headers))
        return {"AWS_ACCESS_KEY_ID": found["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": found["SecretAccessKey"],
                "AWS_SESSION_TOKEN": found["Token"], "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}

    def tls(self, target):
        """Puts TLS in front of `http://127.0.0.1:PORT`, connection by connection, and answers the https URL."""
        port = free_port()
        path = self.new_name("stunnel")
        with open(path, "w") as file:
            file.write(f"foreground = yes\npid =\nsyslog = no\nsocket = l:TCP_NODELAY=1\nsocket = r:TCP_NODELAY=1\n"
                       f"[bench]\naccept = 127.0.0.1:{port}\nconnect = {target.removeprefix('http://')}\n"
                       f"cert = {self.authority}\n")
        self.start(["stunnel", path])
        wait_for(port)
        return f"https://localhost:{port}"

    def far(self, target, milliseconds):
        """Puts a way in front of `http://127.0.0.1:PORT` on which answers take that long."""
        port = free_port()
        self.start([sys.executable, os.path.join(prepare.BENCH, "delay.py"), str(port), target.rpartition(":")[2],
                    str(milliseconds / 1000)])
        wait_for(port)
        return f"http://127.0.0.1:{port}"

    def plain(self, answer):
        """The plain server with this answer; its process and its URL."""
        port = free_port()
        path = self.new_name("answer")
        with open(path, "w") as file:
            file.write(answer)
        process = self.start([prepare.plain_server(), str(port), path])
        wait_for(port)
        return process, f"http://127.0.0.1:{port}"

    def new_catalog(self):
        os.makedirs(folder := self.new_name("catalog"))
        return os.path.join(folder, "catalog.db")

    def broker(self, endpoint=None, preload=None, like=None, **settings):
        """`serve` on a new catalog, or on that of the broker that it is `like`, with its tokens."""
        catalog = like.catalog_url if like else settings.pop("CATALOG", None) or "sqlite://" + self.new_catalog()
        environment = dict(
            self.clean, SECRET_BROKER_STORE=f"aws-secretmanager://wandb?namespace=wandb&region={REGION}",
            SECRET_BROKER_CATALOG=catalog, SECRET_BROKER_LISTEN="127.0.0.1:0",
            SECRET_BROKER_LOG_LEVEL="warning", SSL_CERT_FILE=self.authority,
            AWS_EC2_METADATA_SERVICE_ENDPOINT=self.cloud, AWS_ENDPOINT_URL_STS=self.cloud,
            AWS_ENDPOINT_URL_SECRETS_MANAGER=endpoint or self.cloud,
            **{"SECRET_BROKER_" + name: value for name, value in settings.items()})
        def token(*options):
            made = subprocess.run([prepare.BROKER, "token", "create", "--name", "bench", *options], env=environment,
                                  check=True, capture_output=True, text=True)
            return made.stdout.strip()
        admin = like.admin if like else token("--role", "admin")
        resolver = like.resolver if like else token("--role", "resolver", "--team", "research")
        process, at, after = self._started(
            [prepare.BROKER, "serve"], dict(environment, LD_PRELOAD=preload) if preload else environment)
        return Broker(process, at["url"], admin, resolver, catalog, after)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(port):
    for _ in range(2000):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.005)
    raise RuntimeError(f"nothing listens on port {port}")
