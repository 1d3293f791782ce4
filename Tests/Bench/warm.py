"""A resolve whose values are in memory, with its audit record on durable storage before the answer."""

import json

import load
import report
from place import Place

# About 300 bytes, with three secrets.
PAYLOAD = json.dumps({"payload": {
    "event_type": "deploy", "client_payload": {
        "model": "acme/model-registry/classifier:v12", "registry": "${REGISTRY_PASSWORD}",
        "note": "promoted by the evaluation pipeline after all checks, see the run's page",
        "auth": "Bearer ${GITHUB_TOKEN}", "hook": "https://hooks.example.com/x?key=${HOOK_KEY}"}}})
SECRETS = ("GITHUB_TOKEN", "HOOK_KEY", "REGISTRY_PASSWORD")
RESOLVE = "/v1/teams/research/resolve"
CONNECTIONS = (1, 16, 256)


def same_answer(broker):
    """What the broker answers, for the plain server: headers, an empty line, the body."""
    body = broker.call(RESOLVE, json.loads(PAYLOAD), token=broker.resolver)
    own = ("content-length", "date", "connection")
    headers = [f"{name}: {value}" for name, value in broker.last_headers.items() if name.lower() not in own]
    return "\n".join(headers) + "\n\n" + body


def warm(seconds, rounds):
    with Place() as place:
        broker = place.broker()
        for name in SECRETS:
            broker.add(name)
        plain, plain_url = place.plain(same_answer(broker))

        def run(name, server, url, connections):
            return load.wrk(name, url + RESOLVE, PAYLOAD, place.folder, server=server.pid, token=broker.resolver,
                            connections=connections, seconds=seconds)
        pairs, fsyncs = {}, {}
        for connections in CONNECTIONS:
            *pairs[connections], fsyncs[connections] = load.side_by_side(
                rounds,
                lambda: run("plain answer", plain, plain_url, connections),
                lambda: run("warm resolve", broker, broker.url, connections),
                lambda: load.fsync_us(place.folder))
    loads = [one for pair in pairs.values() for one in pair]
    rows = []
    for connections, (plain_load, resolve) in reversed(pairs.items()):
        rows.append(report.compared(
            f"warm resolve, {connections} connections", resolve.per_second, "/s", "plain answer", plain_load.per_second,
            at_least=0.5 if connections == 256 else None, loads=loads if connections == 256 else ()))
    (plain_load, resolve), fsync = pairs[1], fsyncs[1]
    rows[-1] = report.compared(
        "warm resolve, one connection, p50", resolve.p50_us, "us",
        f"plain answer {plain_load.p50_us:.0f} + fsync {fsync:.0f}", plain_load.p50_us + fsync, at_most=1.5)
    return rows
