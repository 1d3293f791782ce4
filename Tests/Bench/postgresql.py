"""A warm resolve on a catalog in PostgreSQL beside one in SQLite, and at two brokers beside one; all on this machine, so
that the database, the brokers and the generator share its cores."""

import concurrent.futures
import glob
import os
import shutil
import subprocess

import load
import report
from place import Place, free_port, wait_for
from warm import PAYLOAD, RESOLVE, SECRETS

NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def server(place):
    """A PostgreSQL of the measurement's own, in the file system that the other catalog is in; its URL."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    folder = place.new_name("postgresql")
    os.makedirs(folder)
    os.chmod(place.folder, 0o755)
    # It refuses to run as root.
    prefix = NOBODY if os.geteuid() == 0 else []
    if prefix:
        os.chown(folder, 65534, 65534)
    data = os.path.join(folder, "data")
    subprocess.run(prefix + [f"{programs}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--locale=C.UTF-8"],
                   check=True, stdout=subprocess.DEVNULL)
    port = free_port()
    place.start(prefix + [f"{programs}/postgres", "-D", data, "-c", f"port={port}", "-c", "shared_buffers=256MB",
                          "-c", f"unix_socket_directories={folder}"])
    wait_for(port)
    return f"postgres://postgres@127.0.0.1:{port}/postgres"


def fill(url, teams, secrets):
    """Copies a real row until there are so many secrets, evenly in so many teams. What the database would do about them
    in the background is done before anything is measured."""
    columns = ("store, pin, journaled_at, committed_at, created_at, created_by, updated_at, updated_by, owned")
    subprocess.run(["psql", "-qX", "-v", "ON_ERROR_STOP=1", url], check=True, text=True, stdout=subprocess.DEVNULL, input=f"""
        INSERT INTO secret (team, name, reference, {columns})
        SELECT 'team-' || lpad((i % {teams})::text, 5, '0'), 'SECRET_' || lpad((i / {teams})::text, 6, '0'),
            'bench/' || md5(i::text), {columns}
        FROM generate_series(0, {secrets - 1}) AS i, (SELECT * FROM secret WHERE name = '{SECRETS[0]}') AS one;
        VACUUM ANALYZE secret;
        CHECKPOINT""")


def postgresql(seconds, rounds):
    if not shutil.which("setpriv") or not glob.glob("/usr/lib/postgresql/*/bin/initdb"):
        raise RuntimeError("PostgreSQL is not installed: apt-get install postgresql")
    with Place() as place:
        sqlite = place.broker()
        one = place.broker(CATALOG=server(place))
        other = place.broker(like=one)
        for broker in (sqlite, one):
            for name in SECRETS:
                broker.add(name)

        def run(name, broker, connections):
            return load.wrk(name, broker.url + RESOLVE, PAYLOAD, place.folder, server=broker.pid, token=broker.resolver,
                            connections=connections, seconds=seconds)

        def both(connections):
            with concurrent.futures.ThreadPoolExecutor(2) as threads:
                loads = list(threads.map(
                    lambda broker: run("on PostgreSQL, two brokers", broker, connections // 2), (one, other)))
            loads[0].per_second += loads[1].per_second
            loads[0].connections = connections
            return loads[0]
        for broker in (one, other):
            run("warm up", broker, 1)
        single = load.side_by_side(rounds, lambda: run("on SQLite", sqlite, 1), lambda: run("on PostgreSQL", one, 1))
        many = load.side_by_side(
            rounds, lambda: run("on SQLite", sqlite, 256), lambda: run("on PostgreSQL", one, 256), lambda: both(256))
        few = load.side_by_side(rounds, lambda: run("on PostgreSQL", one, 1))[0]
        fill(one.catalog_url, 10_000, 1_000_000)
        million = load.side_by_side(rounds, lambda: run("on PostgreSQL, 1,000,000 secrets", one, 1))[0]
    return [
        report.compared("warm resolve on PostgreSQL, one connection, p50", single[1].p50_us, "us", "on SQLite",
                        single[0].p50_us),
        report.compared("warm resolve on PostgreSQL, 256 connections", many[1].per_second, "/s", "on SQLite",
                        many[0].per_second, loads=single + many),
        report.compared("  two brokers", many[2].per_second, "/s", "one", many[1].per_second),
        report.compared("  1,000,000 secrets, one connection, p50", million.p50_us, "us", "three", few.p50_us,
                        at_most=1.2, loads=[few, million]),
    ]
