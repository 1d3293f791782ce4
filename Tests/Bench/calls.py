"""How often the cloud is asked when many resolves use many secrets within one lifetime of their values."""

import json

import load
import report
from place import Place
from warm import RESOLVE

SECRETS, RESOLVES = 1_000, 100_000


def add_numbered(place, broker, count, connections=16):
    """Makes N000000 and so on."""
    made = load.wrk(
        "create", broker.url + "/v1/teams/research/secrets",
        json.dumps({"name": "NNUMBER", "value": "a value of forty characters, more or less"}), place.folder,
        server=broker.pid, token=broker.admin, connections=connections, seconds=300, numbers=count, limit=count,
        allow_refused=True)
    found = len(json.loads(broker.call("/v1/teams/research/secrets"))["secrets"])
    if found < count:
        raise RuntimeError(f"of {count} secrets {found} were made")
    return made


def calls(seconds, rounds):
    with Place() as place:
        maker = place.broker()
        add_numbered(place, maker, SECRETS)
        maker.stop()
        # The maker had them in memory.
        broker = place.broker(like=maker, CACHE_TTL="5m")
        resolving = load.wrk(
            "resolve of 1,000 secrets in turn", broker.url + RESOLVE, json.dumps({"payload": {"x": "${NNUMBER}"}}),
            place.folder, server=broker.pid, token=broker.resolver, connections=64, seconds=240, numbers=SECRETS,
            limit=RESOLVES)
        made = broker.metric("secret_broker_provider_call_seconds_count")
    row = report.compared(
        f"provider calls for {RESOLVES:,} resolves", made, "", "secrets, TTL 5 min", SECRETS, loads=[resolving])
    if resolving.seconds > 290:
        raise RuntimeError("the resolves took longer than the lifetime of what they use")
    row.target, row.reached = "exactly as many", made == SECRETS
    return [row]
