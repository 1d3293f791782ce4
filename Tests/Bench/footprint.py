"""Memory, size, and how long a start takes."""

import os
import statistics
import threading
import time

import load
import prepare
import report
from place import Place
from warm import PAYLOAD, RESOLVE, SECRETS

CONNECTIONS, STARTS = 64, 7
# Than other loads: memory grows for a while.
LONGER = 5


def footprint(seconds, rounds):
    with Place() as place:
        maker = place.broker()
        for name in SECRETS:
            maker.add(name)
        maker.stop()
        starts = []
        for _ in range(STARTS):
            broker = place.broker(like=maker)
            starts.append(broker.ready_ms)
            broker.stop()
        broker = place.broker(like=maker)
        time.sleep(2)
        idle = broker.memory_mib("RssAnon")
        resident_idle = broker.memory_mib("VmRSS")
        most, done = [resident_idle], threading.Event()

        def watch():
            while not done.wait(0.1):
                most.append(broker.memory_mib("VmRSS"))
        watching = threading.Thread(target=watch)
        watching.start()
        try:
            loaded = load.wrk(
                "warm resolve", broker.url + RESOLVE, PAYLOAD, place.folder, server=broker.pid, token=broker.resolver,
                connections=CONNECTIONS, seconds=seconds * rounds * LONGER)
        finally:
            done.set()
            watching.join()
        anonymous = broker.memory_mib("RssAnon")
    return [
        report.bounded("anonymous memory, idle", idle, "MiB", 16),
        report.bounded(f"resident at {CONNECTIONS} connections, most in {loaded.seconds:.0f} s", max(most), "MiB", 80,
                       loads=[loaded]),
        report.Row("  resident, idle", resident_idle, "MiB"),
        report.Row("  anonymous memory after the load", anonymous, "MiB"),
        report.Row("size of the binary", os.path.getsize(prepare.BROKER) / (1 << 20), "MiB"),
        report.bounded(f"start to ready, median of {STARTS}", statistics.median(starts), "ms", 150),
    ]
