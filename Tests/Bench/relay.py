"""A webhook through the relay, beside the same request sent straight to its destination over TLS.

The relay opens a new connection to the destination for each delivery, so that none is sent twice; so does what is sent
straight. Beside it, what a kept connection would take. Two records are durable before the relay answers: before it
sends, and what came of it."""

import json

import load
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

        def straight(name, connection):
            return load.direct(name, url, PAYLOAD, header, server=destination.pid, seconds=seconds,
                               connection=connection, authority=place.authority)
        new, kept, through, fsync = load.side_by_side(
            rounds,
            lambda: straight("sent straight, new connections", "new"),
            lambda: straight("sent straight, kept connection", "kept"),
            lambda: load.direct("through the relay", broker.url + "/v1/relay/research/deploy", PAYLOAD, header,
                                server=broker.pid, seconds=seconds),
            lambda: load.fsync_us(place.folder))
    row = report.compared("relay, p50", through.p50_us, "us", "sent straight, new connections", new.p50_us,
                          loads=[new, kept, through])
    more = report.bounded(f"  more than straight, less 2 fsyncs of {fsync:.0f} us",
                          through.p50_us - new.p50_us - 2 * fsync, "us", 1000)
    return [row, more,
            report.compared("relay, p50", through.p50_us, "us", "sent straight, kept connection", kept.p50_us)]
