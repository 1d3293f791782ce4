"""A resolve on a large catalog, beside the same on a small one. A hundred real secrets are resolved in turn; the others
are rows that nobody asks for. Since a resolve goes by what is remembered, beside it a call that always asks the catalog."""

import json
import os
import sqlite3
import statistics

import load
import report
from calls import add_numbered
from place import Place
from warm import RESOLVE

REAL, STARTS = 100, 3


def fill(path, teams, secrets):
    """Copies a real row until there are so many secrets, evenly in so many teams. The catalog is closed."""
    with sqlite3.connect(path) as catalog:
        columns = [row[1] for row in catalog.execute("PRAGMA table_info(secret)")]
        own = {"team": f"printf('team-%05d', i % {teams})", "name": f"printf('SECRET_%06d', i / {teams})",
               "reference": "printf('bench/%s/%08d', hex(randomblob(8)), i)"}
        catalog.execute(
            f"WITH RECURSIVE numbers (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < {secrets - 1})"
            f" INSERT INTO secret ({', '.join(columns)})"
            f" SELECT {', '.join(own.get(column, column) for column in columns)}"
            " FROM numbers, (SELECT * FROM secret WHERE name = 'N000000')")
        catalog.commit()
        catalog.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def catalog(seconds, rounds):
    with Place() as place:
        def grown(teams, secrets):
            maker = place.broker()
            add_numbered(place, maker, REAL)
            maker.stop()
            fill(maker.catalog, teams, secrets - REAL)
            starts = []
            for _ in range(STARTS):
                broker = place.broker(like=maker)
                starts.append(broker.ready_ms)
                if len(starts) < STARTS:
                    broker.stop()
            return broker, statistics.median(starts)
        (small, small_ready), (large, large_ready) = grown(10, 1_000), grown(10_000, 1_000_000)

        def resolve(name, broker, connections):
            return load.wrk(name, broker.url + RESOLVE, json.dumps({"payload": {"x": "${NNUMBER}"}}), place.folder,
                            server=broker.pid, token=broker.resolver, connections=connections, seconds=seconds,
                            numbers=REAL)

        def look(name, broker):
            return load.wrk(name, broker.url + "/v1/teams/research/secrets/NNUMBER", "", place.folder, method="GET",
                            server=broker.pid, token=broker.admin, connections=1, seconds=seconds, numbers=REAL)
        for broker in (small, large):
            resolve("warm up", broker, 1)
        pairs = [load.side_by_side(
            rounds,
            lambda: resolve("resolve, 1,000 secrets", small, connections),
            lambda: resolve("resolve, 1,000,000 secrets", large, connections)) for connections in (1, 64)]
        looks = load.side_by_side(
            rounds, lambda: look("look, 1,000 secrets", small), lambda: look("look, 1,000,000 secrets", large))
        size = os.path.getsize(large.catalog) / (1 << 20)
        resident = [broker.memory_mib("VmRSS") for broker in (large, small)]
    (few, many), (few_at_once, many_at_once) = pairs
    return [
        report.compared("resolve, 1,000,000 secrets, p50", many.p50_us, "us", "1,000 secrets", few.p50_us, at_most=1.2,
                        loads=[few, many, few_at_once, many_at_once]),
        report.compared("  a look at one of them, p50", looks[1].p50_us, "us", "1,000 secrets", looks[0].p50_us,
                        at_most=1.2, loads=looks),
        report.compared("  64 connections", many_at_once.per_second, "/s", "1,000 secrets", few_at_once.per_second),
        report.compared("  resident memory", resident[0], "MiB", "1,000 secrets", resident[1]),
        report.compared("  start to ready", large_ready, "ms", "1,000 secrets", small_ready),
        report.Row("  catalog's file", size, "MiB"),
    ]
