"""A resolve whose value is fetched, over TLS; beside libcurl alone and two ways to do it in Python.

The broker keeps nothing here (CACHE_TTL=0), so each resolve fetches. All go through the same TLS to the same cloud, on
connections that are kept. Once with the cloud on this machine, and once with one whose answers take some milliseconds."""

import json
import os
import sqlite3

import load
import prepare
import report
from place import Place
from warm import RESOLVE

PAYLOAD = json.dumps({"payload": {"token": "${COLD}"}})
FAR_MS = 5


def _stored(broker):
    """What the cloud knows the secret by. The pin has a part of the ARN behind AWS's id of the version."""
    with sqlite3.connect(broker.catalog) as catalog:
        secret, pin = catalog.execute("SELECT reference, pin FROM secret WHERE name = 'COLD'").fetchone()
    return secret, pin.partition(":")[0]


def _python(place, endpoint, secret, seconds, way):
    return load.run(
        way, 1, place.cloud_pid,
        [prepare.python(), os.path.join(prepare.BENCH, "peers.py"), way, endpoint, secret, str(seconds)],
        dict(place.clean, AWS_CA_BUNDLE=place.authority, **place.credentials()))


def _libcurl(place, name, endpoint, broker, seconds):
    """The request that the broker makes, by libcurl alone."""
    credentials = place.credentials()
    secret, version = _stored(broker)
    headers = ["Content-Type: application/x-amz-json-1.1", "X-Amz-Target: secretsmanager.GetSecretValue",
               "X-Amz-Security-Token: " + credentials["AWS_SESSION_TOKEN"]]
    return lambda: load.direct(
        name, endpoint, json.dumps({"SecretId": secret, "VersionId": version}), headers,
        server=place.cloud_pid, seconds=seconds, signed=credentials, authority=place.authority)


def _resolve(place, name, broker, seconds):
    return lambda: load.wrk(
        name, broker.url + RESOLVE, PAYLOAD, place.folder, server=broker.pid, token=broker.resolver, connections=1,
        seconds=seconds)


def cold(seconds, rounds):
    with Place() as place:
        endpoint = place.tls(place.cloud)
        broker = place.broker(endpoint=endpoint, CACHE_TTL="0")
        broker.add("COLD")
        warm_broker = place.broker(endpoint=endpoint, like=broker)
        secret, _ = _stored(broker)
        before = broker.metric("secret_broker_cache_misses_total")
        straight, through, kept, fsync, *peers = load.side_by_side(
            rounds, _libcurl(place, "libcurl alone, signed", endpoint, broker, seconds),
            _resolve(place, "cold resolve", broker, seconds),
            _resolve(place, "warm resolve", warm_broker, seconds), lambda: load.fsync_us(place.folder),
            *(lambda way=way: _python(place, endpoint, secret, seconds, way)
              for way in ("boto3", "caching, first", "caching, again", "caching, over HTTP")))
        misses = broker.metric("secret_broker_cache_misses_total") - before
        if misses < through.per_second * seconds * rounds / 2:
            raise RuntimeError("resolves that should have been cold were not")
        far_endpoint = place.tls(place.far(place.cloud, FAR_MS))
        far_broker = place.broker(endpoint=far_endpoint, CACHE_TTL="0")
        far_broker.add("COLD")
        far_straight, far_through = load.side_by_side(
            rounds, _libcurl(place, "libcurl alone, far cloud", far_endpoint, far_broker, seconds),
            _resolve(place, "cold resolve, far cloud", far_broker, seconds))
        if min(far_straight.p50_us, far_through.p50_us) < FAR_MS * 1000:
            raise RuntimeError("the far cloud is not as far as it should be")

    boto, fetched, looked_up, asked = peers

    def beside(what, ours, against, theirs):
        return report.compared(what, ours.p50_us, "us", against, theirs.p50_us)
    return [
        report.compared("cold resolve over TLS, p50", through.p50_us, "us", "libcurl alone", straight.p50_us,
                        at_most=1.2, loads=[straight, through, kept, *peers, far_straight, far_through]),
        report.compared("  less one fsync", through.p50_us - fsync, "us", "libcurl alone", straight.p50_us),
        report.compared(f"  of a cloud {FAR_MS} ms away", far_through.p50_us, "us", "libcurl alone",
                        far_straight.p50_us, at_most=1.2),
        beside("cold resolve, p50", through, "boto3 get_secret_value", boto),
        beside("cold resolve, p50", through, "secretsmanager-caching, first", fetched),
        beside("warm resolve, p50", kept, "boto3 (keeps nothing)", boto),
        beside("warm resolve, p50", kept, "secretsmanager-caching, a call", looked_up),
        beside("warm resolve, p50", kept, "secretsmanager-caching, over HTTP", asked),
    ]
