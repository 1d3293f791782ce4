"""Reads one secret again and again as a Python program does, and prints how long it took, as JSON.

Arguments: the way, the endpoint, the secret, for how many seconds. The ways are
    boto3               a client's get_secret_value
    caching, first      a new cache of aws-secretsmanager-caching each time
    caching, again      one that has it already
    caching, over HTTP  the same in a process of its own, asked over loopback HTTP
"""

import http.client
import http.server
import json
import os
import sys
import time

import boto3
from aws_secretsmanager_caching import SecretCache


def one_after_another(seconds, read):
    read()
    times, start = [], time.perf_counter()
    now = start
    while now - start < seconds:
        read()
        end = time.perf_counter()
        times.append(end - now)
        now = end
    times.sort()
    return {"requests": len(times), "seconds": now - start, "p50_us": times[len(times) // 2] * 1e6,
            "p99_us": times[len(times) * 99 // 100] * 1e6, "refused": 0, "broken": 0}


def server(cache, secret):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            answer = json.dumps({"value": cache.get_secret_string(secret)}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments):
            pass
    return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def over_http(cache, secret, seconds):
    """The server in a child: nobody's threads share an interpreter."""
    serving = server(cache, secret)
    child = os.fork()
    if child == 0:
        serving.serve_forever()
    try:
        connection = http.client.HTTPConnection(*serving.server_address)

        def ask():
            connection.request("POST", "/", b"{}")
            answer = connection.getresponse()
            assert answer.status == 200
            answer.read()
        return one_after_another(seconds, ask)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def main():
    way, endpoint, secret, seconds = sys.argv[1:4] + [float(sys.argv[4])]
    client = boto3.client("secretsmanager", endpoint_url=endpoint)
    cache = SecretCache(client=client)
    ways = {
        "boto3": lambda: one_after_another(seconds, lambda: client.get_secret_value(SecretId=secret)),
        "caching, first": lambda: one_after_another(
            seconds, lambda: SecretCache(client=client).get_secret_string(secret)),
        "caching, again": lambda: one_after_another(seconds, lambda: cache.get_secret_string(secret)),
        "caching, over HTTP": lambda: over_http(cache, secret, seconds),
    }
    print(json.dumps(ways[way]()))


main()
