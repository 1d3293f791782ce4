"""What it costs that all freed memory is wiped: the same binary with explicit_bzero taken away."""

import load
import prepare
import report
from place import Place
from warm import PAYLOAD, RESOLVE, SECRETS


def wiping(seconds, rounds):
    with Place() as place:
        wiping = place.broker()
        for name in SECRETS:
            wiping.add(name)
        not_wiping = place.broker(like=wiping, preload=prepare.compiled("no_wiping.c", "-shared", "-fPIC"))

        def resolve(name, broker, connections):
            return load.wrk(name, broker.url + RESOLVE, PAYLOAD, place.folder, server=broker.pid,
                            token=broker.resolver, connections=connections, seconds=seconds)
        rows = []
        for connections in (256, 16):
            off, on = load.side_by_side(
                rounds,
                lambda: resolve("warm resolve, wiping off", not_wiping, connections),
                lambda: resolve("warm resolve, wiping on", wiping, connections))
            rows.append(report.compared(
                f"wiping on, {connections} connections", on.per_second, "/s", "wiping off", off.per_second,
                at_least=0.9 if connections == 256 else None, loads=[off, on]))
    return rows
