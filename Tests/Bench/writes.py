"""Rotations, tenth by tenth: whether a write takes as long after many as after few, and what stays behind of each.

The cloud is simulated on the same cores, and takes longer the more it holds: what broker and cloud use of the cores is
told apart. What was rotated away is purged behind the writes; what of it was not yet purged is counted."""

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
JOURNAL = "secret_broker_journal_rows"


def _linear(what, figures, unit):
    """Later writes cost no more than earlier ones. The first part is left out: it warms up."""
    half = len(figures) // 2
    row = report.compared(what, statistics.mean(figures[half:]), unit, "in the first half",
                          statistics.mean(figures[1:half]))
    row.target, row.reached = "linear: ratio at most 1.2", row.ratio <= 1.2
    return row


def _growth(figures, writes):
    return [(after - before) / writes for before, after in zip(figures, figures[1:])]


def writes(seconds, rounds):
    total = int(os.environ.get("BENCH_WRITES", 100_000))
    each = total // PARTS
    with Place() as place:
        broker = place.broker()
        add_numbered(place, broker, SECRETS)

        def size():
            files = [broker.catalog + suffix for suffix in ("", "-wal")]
            return sum(os.path.getsize(file) for file in files if os.path.exists(file)) / 1024
        parts, sizes, journal, cloud = [], [size()], [broker.metric(JOURNAL)], [load.cpu_seconds(place.cloud_pid)]
        started = time.monotonic()
        while len(parts) < PARTS and (len(parts) < 4 or time.monotonic() - started < PATIENCE_SECONDS):
            parts.append(load.wrk(
                f"rotation, {(len(parts) + 1) * each:,} writes", broker.url + "/v1/teams/research/secrets/NNUMBER",
                json.dumps({"value": "a value of forty characters, more or less"}), place.folder, server=broker.pid,
                token=broker.admin, method="PUT", connections=CONNECTIONS, seconds=600, numbers=SECRETS, limit=each))
            sizes.append(size())
            journal.append(broker.metric(JOURNAL))
            cloud.append(load.cpu_seconds(place.cloud_pid))
        waiting = broker.metric(JOURNAL, 'state="purging"')
    done = each * len(parts)
    rows = [
        _linear(f"time per write, second half of {done:,}", [1e6 / part.per_second for part in parts], "us"),
        _linear("  of the broker's CPU", [1e6 * part.server_share * load.CORES / part.per_second for part in parts],
                "us"),
        _linear("  of the simulated cloud's CPU", [1e6 * used for used in _growth(cloud, each)], "us"),
        _linear("  database size per write", _growth(sizes, each), "KiB"),
        _linear("  journal rows per write", _growth(journal, each), ""),
        report.Row("  database size at the end", sizes[-1] / 1024, "MiB"),
        report.Row("  journal rows at the end", journal[-1], ""),
        report.Row("  of them old versions not yet purged", waiting, ""),
    ]
    # How fast the simulator is, is not the broker's.
    rows[2].target, rows[2].reached = "", None
    rows[0].loads = parts
    return rows
