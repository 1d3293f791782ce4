"""Rotations, tenth by tenth: whether a write takes as long after many as after few, and what stays behind of each."""

import json
import os
import statistics
import time

import load
import report
from calls import add_numbered
from place import Place

SECRETS, CONNECTIONS, PARTS = 1_000, 16, 10
# After which no further tenth is begun.
PATIENCE_SECONDS = 300


def writes(seconds, rounds):
    total = int(os.environ.get("BENCH_WRITES", 100_000))
    with Place() as place:
        broker = place.broker()
        add_numbered(place, broker, SECRETS)

        def size():
            files = [broker.catalog + suffix for suffix in ("", "-wal")]
            return sum(os.path.getsize(file) for file in files if os.path.exists(file)) / (1 << 20)
        parts, sizes, journal = [], [size()], []
        started = time.monotonic()
        for part in range(PARTS):
            if time.monotonic() - started > PATIENCE_SECONDS and part >= 4:
                break
            parts.append(load.wrk(
                f"rotation, {(part + 1) * total // PARTS:,} writes", broker.url + "/v1/teams/research/secrets/NNUMBER",
                json.dumps({"value": "a value of forty characters, more or less"}), place.folder, server=broker.pid,
                token=broker.admin, method="PUT", connections=CONNECTIONS, seconds=600, numbers=SECRETS,
                limit=total // PARTS))
            sizes.append(size())
            journal.append(broker.metric("secret_broker_journal_rows"))
    times = [1e6 / part.per_second for part in parts]
    growth = [(after - before) * 1024 / (total // PARTS) for before, after in zip(sizes, sizes[1:])]
    done, half = len(parts) * total // PARTS, len(parts) // 2

    def linear(what, figures, unit):
        """Later ones cost no more than earlier ones. The first is apart: it warms up."""
        row = report.compared(what, statistics.mean(figures[half:]), unit, "in the first half",
                              statistics.mean(figures[1:half]))
        row.target, row.reached = "linear: ratio at most 1.2", row.ratio <= 1.2
        return row
    piled = [(after - before) / (total // PARTS) for before, after in zip([0, *journal], journal)]
    rows = [linear(f"time per write, second half of {done:,}", times, "us"),
            linear("  database size per write", growth, "KiB"),
            linear("  journal rows per write", piled, ""),
            report.Row("  database size at the end", sizes[-1], "MiB"),
            report.Row("  journal rows at the end", journal[-1], "")]
    rows[0].loads = parts
    return rows
