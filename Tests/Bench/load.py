"""What a load came to, and how one is made: by wrk, by libcurl alone, and how long one fsync takes."""

import dataclasses
import json
import os
import resource
import statistics
import subprocess
import tempfile
import time

import prepare

CORES = os.cpu_count()


@dataclasses.dataclass
class Load:
    name: str
    connections: int
    per_second: float
    p50_us: float
    p99_us: float
    """Of all cores, of the program that answers and of the one that asks: 1 is all of them."""
    server_share: float
    generator_share: float
    """Of everything else: the simulated cloud and TLS, and whatever this machine does besides."""
    other_share: float
    """Answers that were no success, and connections that broke."""
    refused: int = 0
    broken: int = 0
    seconds: float = 0


def median(loads):
    """Of several runs of one load, figure by figure."""
    figures = {
        field.name: statistics.median(getattr(load, field.name) for load in loads)
        for field in dataclasses.fields(Load) if field.name not in ("name", "connections")}
    return Load(loads[0].name, loads[0].connections, **figures)


def side_by_side(rounds, *runs):
    """Each in its turn, `rounds` times over, so that what the machine does meanwhile meets all.
    Their medians, of loads and of plain numbers."""
    results = [[] for _ in runs]
    for _ in range(rounds):
        for result, run in zip(results, runs):
            result.append(run())
    return [median(result) if isinstance(result[0], Load) else statistics.median(result) for result in results]


def cpu_seconds(pid):
    """That a process has used, children that it has waited for apart."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _generator_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _all_seconds():
    """That the cores were not idle, altogether."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, *interrupts_and_stolen = map(int, file.readline().split()[1:9])
    return (user + nice + system + sum(interrupts_and_stolen)) / os.sysconf("SC_CLK_TCK")


def run(name, connections, server, command, env=None, allow_refused=False):
    """Runs a generator, which prints what it saw as one line of JSON. `server` is the process that answers."""
    started, before = time.monotonic(), (cpu_seconds(server), _generator_seconds(), _all_seconds())
    ran = subprocess.run(command, capture_output=True, text=True, env=env)
    after = (cpu_seconds(server), _generator_seconds(), _all_seconds())
    cores = (time.monotonic() - started) * CORES
    served, generated, everything = ((end - begin) / cores for begin, end in zip(before, after))
    if ran.returncode != 0:
        raise RuntimeError(f"{name}: {command[0]} failed: {ran.stderr.strip() or ran.stdout.strip()}")
    figures = json.loads(ran.stdout.splitlines()[-1])
    if figures["refused"] and not allow_refused:
        raise RuntimeError(f"{name}: {figures['refused']} of {figures['requests']} answers were no success")
    return Load(
        name, connections, figures["requests"] / figures["seconds"], figures["p50_us"], figures["p99_us"],
        served, generated, max(everything - served - generated, 0), figures["refused"], figures["broken"],
        figures["seconds"])


def wrk(name, url, body, folder, *, server, connections, seconds, token="", method="POST", numbers=0, limit=0,
        allow_refused=False):
    """`server` is the process that answers. For the rest see load.lua."""
    # A file of its own: two may run at once.
    with tempfile.NamedTemporaryFile("w", dir=folder) as file:
        file.write(body)
        file.flush()
        return run(
            name, connections, server,
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s",
             os.path.join(prepare.BENCH, "load.lua"), url, "--", method, token, file.name, str(numbers), str(limit)],
            allow_refused=allow_refused)


def direct(name, url, body, headers, *, server, seconds, connection="kept", signed=None, authority=None):
    """libcurl alone, one request after another. `signed` is the environment with the credentials."""
    environment = dict(os.environ, **(signed or {}))
    if authority:
        environment["SSL_CERT_FILE"] = authority
    return run(
        name, 1, server,
        [prepare.compiled("direct.c", "-lcurl"), str(seconds), "signed" if signed else "unsigned", connection, url,
         body, *headers], environment)


def fsync_us(folder):
    """The median time until a page is on the disk, in the file system of the catalog; as SQLite does it, with fdatasync
    and into a file that has its size already."""
    page, pages, times = b"x" * 4096, 300, []
    with open(os.path.join(folder, "fsync"), "wb", buffering=0) as file:
        file.write(page * pages)
        os.fsync(file.fileno())
        for i in range(pages):
            os.pwrite(file.fileno(), page, i * len(page))
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - started) * 1e6)
    return statistics.median(times)
