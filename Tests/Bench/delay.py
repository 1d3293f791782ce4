"""Passes TCP connections on, and what comes back a while later: as if what answers were that far away. A handshake is not
held up.

usage: delay.py PORT TARGET_PORT SECONDS        both on loopback
"""

import asyncio
import sys


async def _pass_on(reader, writer, delay):
    loop = asyncio.get_running_loop()
    try:
        while data := await reader.read(1 << 16):
            loop.call_later(delay, writer.write, data)
    except ConnectionError:
        pass
    finally:
        loop.call_later(delay, writer.close)


async def main(port, target, delay):
    async def connected(reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(_pass_on(reader, far_writer, 0), _pass_on(far_reader, writer, delay))

    async with await asyncio.start_server(connected, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
