"""A webhook's destination over TLS on loopback, which checks what it is sent with code of its own.

Arguments: a folder for its certificate (ca.pem) and what it received (received.jsonl, one request a line), then the
bearer token and the signing secret that it expects. Says "receiver ready PORT" on standard error.

Paths: /verify answers 200 or 401; /status/N; /echo/FORM answers with the whole request, headers and body, in a form;
/redirect, /stall, /reset, /half, /gzip, /large, /interim.
"""

import base64
import datetime
import gzip
import hashlib
import hmac
import http.server
import ipaddress
import json
import os
import pathlib
import ssl
import struct
import socket
import sys
import threading
import urllib.parse

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

FOLDER = pathlib.Path(sys.argv[1])
TOKEN, SIGNING = sys.argv[2], sys.argv[3]
LOCK = threading.Lock()
FINISHED = threading.Event()

FORMS = {
    "raw": lambda text: text,
    "json": json.dumps,
    "json_in_json": lambda text: json.dumps(json.dumps(text)),
    "escaped": lambda text: '"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"',
    "url": urllib.parse.quote,
    "form": urllib.parse.quote_plus,
    "hex": lambda text: text.encode().hex(),
    "hex_upper": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64_1": lambda text: base64.b64encode(b"x" + text.encode()).decode(),
    "base64_2": lambda text: base64.urlsafe_b64encode(b"xy" + text.encode()).decode(),
    "base64_lines": lambda text: base64.encodebytes(text.encode()).decode(),
    "utf16": lambda text: text.encode("utf-16-le"),
}


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "receiver")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [x509.DNSName("localhost"), x509.DNSName("receiver.test"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (FOLDER / "ca.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (FOLDER / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = [[name, value] for name, value in self.headers.items()]
        with LOCK, open(FOLDER / "received.jsonl", "a") as log:
            log.write(json.dumps({"path": self.path, "headers": headers, "body": body.decode()}) + "\n")
        kind, _, rest = self.path.lstrip("/").partition("/")
        getattr(self, "answer_" + kind)(rest, body)

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if status != 204:
            self.wfile.write(body)

    def answer_verify(self, rest, body):
        code = hmac.new(SIGNING.encode(), body, hashlib.sha256)
        wanted = code.hexdigest() if rest != "base64" else base64.b64encode(code.digest()).decode()
        # http.server reads headers as Latin-1.
        token = (self.headers["Authorization"] or "").encode("latin-1")
        good = token == b"Bearer " + os.fsencode(TOKEN) and self.headers["X-Wandb-Signature"] == wanted
        self.answer(200 if good else 401, b'{"accepted": %s}' % (b"true" if good else b"false"))

    def answer_status(self, rest, body):
        self.answer(int(rest), b"" if rest == "204" else b"said")

    def answer_echo(self, rest, body):
        text = FORMS[rest](f"{self.headers}\n{body.decode()}")
        data = text if isinstance(text, bytes) else text.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("X-Echo", self.headers["Authorization"] or "")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        # Seven bytes a chunk: a value is never whole in one.
        for start in range(0, len(data), 7):
            piece = data[start:start + 7]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def answer_type(self, rest, body):
        self.answer(200, b"fine", [("Content-Type", f"text/plain; x=\"{self.headers['Authorization']}\"")])

    def answer_problem(self, rest, body):
        problem = b'{"code": "unauthenticated", "detail": "bad key"}'
        self.answer(401, problem, [("Content-Type", "application/problem+json")])

    def answer_redirect(self, rest, body):
        self.answer(307, b"", [("Location", f"https://localhost:{self.server.server_port}/status/200")])

    def answer_gzip(self, rest, body):
        self.answer(200, gzip.compress(body), [("Content-Encoding", "gzip")])

    def answer_gzip_unnamed(self, rest, body):
        self.answer(200, gzip.compress(body))

    def answer_large(self, rest, body):
        self.answer(200, b"x" * (1 << 20))

    def answer_interim(self, rest, body):
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        self.answer(200, b"after")

    def answer_half(self, rest, body):
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self.wfile.write(b"half")
        self.close_connection = True

    def answer_reset(self, rest, body):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def answer_stall(self, rest, body):
        FINISHED.wait(60)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def finish_request(self, request, client_address):
        try:
            with CONTEXT.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except OSError:
            pass


certificate()
CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
CONTEXT.load_cert_chain(FOLDER / "ca.pem", FOLDER / "key.pem")
SERVER = Server(("127.0.0.1", 0), Receiver)
print(f"receiver ready {SERVER.server_port}\n", file=sys.stderr, flush=True)
# Ends by itself when whoever started it did not end it.
threading.Thread(target=SERVER.serve_forever, daemon=True).start()
FINISHED.wait(3600)
