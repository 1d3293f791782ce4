"""A webhook through the relay, beside the same request sent straight to its destination over TLS.

The relay opens a new connection to the destination for each delivery, so that none is sent twice; so does what is sent
straight. Beside it, what a kept connection would take. Two records are durable before the relay answers: before it
sends, and what came of it. What they take is in what a caller sees; what the relay itself adds is seen with the same
binary and no disk to wait for."""

import json

import load
import prepare
import report
from place import Place

PAYLOAD = json.dumps({
    "event_type": "deploy", "client_payload": {
        "model": "acme/model-registry/classifier:v12", "token": "${GITHUB_TOKEN}",
        "note": "promoted by the evaluation pipeline after all its checks had passed, see the run's page"}})


def relay(seconds, rounds):
    with Place() as place:
        destination, destination_url = place.plain("Content-Type: application/json\n\n{\"accepted\": true}")
        url = place.tls(destination_url) + "/hook"
        broker = place.broker(RELAY_ALLOW="localhost")
        for name in ("GITHUB_TOKEN", "SIGNING"):
            broker.add(name)
        broker.call("/v1/teams/research/webhooks", {
            "name": "deploy", "url": url, "access_token": "GITHUB_TOKEN", "signing_secret": "SIGNING",
            "payload_secrets": [{"name": "GITHUB_TOKEN", "at": "/client_payload/token"}], "confirm": True})
        token = json.loads(broker.call("/v1/tokens", {
            "name": "wandb", "role": "relay", "team": "research", "webhook": "deploy"}))["token"]
        header = ["Content-Type: application/json", "Authorization: Bearer " + token]

        not_syncing = place.broker(
            like=broker, preload=prepare.compiled("no_sync.c", "-shared", "-fPIC"), RELAY_ALLOW="localhost")

        # TLS from new connections is what varies most here: more and shorter runs than elsewhere.
        brief = seconds / 3

        def straight(name, connection):
            return load.direct(name, url, PAYLOAD, header, server=destination.pid, seconds=brief,
                               connection=connection, authority=place.authority)

        def relayed(name, broker):
            return load.direct(name, broker.url + "/v1/relay/research/deploy", PAYLOAD, header, server=broker.pid,
                               seconds=brief)
        new, kept, through, unsynced = load.side_by_side(
            5 * rounds,
            lambda: straight("sent straight, new connections", "new"),
            lambda: straight("sent straight, kept connection", "kept"),
            lambda: relayed("through the relay", broker),
            lambda: relayed("through the relay, no disk", not_syncing))
    return [
        report.compared("relay, p50", through.p50_us, "us", "sent straight, new connections", new.p50_us,
                        loads=[new, kept, through, unsynced]),
        report.compared("relay, p50", through.p50_us, "us", "sent straight, kept connection", kept.p50_us),
        report.Row("  more than straight on new connections", through.p50_us - new.p50_us, "us"),
        report.bounded("  the same, with no disk to wait for", unsynced.p50_us - new.p50_us, "us", 1000)]
