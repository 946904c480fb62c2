# SPDX-License-Identifier: Apache-2.0
"""What connections cost that say nothing: 10 000 of them, each after one request."""
import asyncio
import resource

from bench import machine, world
from bench.stage import Stage, parser, say

COUNT, MOST_MIB = 10_000, 100


async def open_one(stage, gate):
    async with gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", stage.port)
        writer.write(b"GET /realms/bench HTTP/1.1\r\nHost: bench\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 200 "):
            raise machine.Failure(head.decode())
        return reader, writer


async def exchange(stage, connection, token):
    """One of them still is served."""
    reader, writer = connection
    body = (world.BEFORE + token).encode()
    writer.write((f"POST /realms/bench/protocol/openid-connect/token HTTP/1.1\r\nHost: bench\r\n{world.BASIC}\r\n"
                  "Content-Type: application/x-www-form-urlencoded\r\n"
                  f"Content-Length: {len(body)}\r\n\r\n").encode() + body)
    return (await reader.readuntil(b"\r\n")).decode().strip()


async def measure(stage, server, token):
    idle = machine.resident_mib(server.pid)
    gate = asyncio.Semaphore(64)
    connections = await asyncio.gather(*(open_one(stage, gate) for _ in range(COUNT)))
    used = machine.resident_mib(server.pid)
    said = await exchange(stage, connections[COUNT // 2], token)
    for _, writer in connections:
        writer.close()
    more = used - idle
    stage.add(f"{COUNT} idle connections, MiB more", f"{more:.1f}", f"<= {MOST_MIB}", more <= MOST_MIB,
              idle_mib=round(idle, 1), bytes_each=round(more * 2**20 / COUNT))
    stage.add("an exchange on one of them", said.removeprefix("HTTP/1.1 "), "200 OK", said == "HTTP/1.1 200 OK")


def main(words):
    given = parser(__doc__).parse_args(words)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < COUNT + 100:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(COUNT + 1000, hard), hard))
    with Stage(given) as stage:
        with stage.serve([stage.write_realm()]) as server:
            token = stage.mint(stage.folder / "tokens", 1, 1).read_text(encoding="ascii").strip()
            say(f"opening {COUNT} connections")
            asyncio.run(measure(stage, server, token))
        return stage.show()
