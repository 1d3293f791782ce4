"""Python's ssl, at its strictest, meets certificates in memory, as server and as client. On standard input: JSON of
"authority", "server", "expired", "client" and "stranger"; but for the first, each is {"certificate", "key"}.
Prints one line a handshake: the client's subject, or why there is none."""

import json
import ssl
import sys
import tempfile


def load(context, pair):
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(pair["certificate"] + pair["key"])
        file.flush()
        context.load_cert_chain(file.name)


def handshake(authority, server, client, host):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    load(serving, server)
    serving.load_verify_locations(cadata=authority)
    serving.verify_mode = ssl.CERT_REQUIRED
    calling = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    calling.load_verify_locations(cadata=authority)
    for context in (serving, calling):
        context.verify_flags |= ssl.VERIFY_X509_STRICT
    if client:
        load(calling, client)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [calling.wrap_bio(down, up, server_hostname=host), serving.wrap_bio(up, down, server_side=True)]
    waiting = list(ends)
    try:
        for _ in range(8):
            for end in list(waiting):
                try:
                    end.do_handshake()
                    waiting.remove(end)
                except ssl.SSLWantReadError:
                    pass
    except ssl.SSLError as error:
        return error.reason
    names = [part for group in ends[1].getpeercert()["subject"] for part in group]
    return " ".join(f"{name}={value}" for name, value in names)


given = json.load(sys.stdin)
print(handshake(given["authority"], given["server"], given["client"], "127.0.0.1"))
print(handshake(given["authority"], given["server"], given["client"], "localhost"))
print(handshake(given["authority"], given["server"], given["client"], "example.com"))
print(handshake(given["authority"], given["expired"], given["client"], "127.0.0.1"))
print(handshake(given["authority"], given["server"], given["stranger"], "127.0.0.1"))
print(handshake(given["authority"], given["server"], None, "127.0.0.1"))
# The purposes are apart: neither may stand in for the other.
print(handshake(given["authority"], given["client"], given["client"], "127.0.0.1"))
print(handshake(given["authority"], given["server"], given["server"], "127.0.0.1"))
