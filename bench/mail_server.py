"""A mail server for benchmarks, a process of its own: STARTTLS, and a pause before every reply.

    python -m bench.mail_server CERTIFICATE MILLISECONDS

It says its port on the first line and keeps nothing; it reads content in large pieces, so that what
is measured is the sender and not the server.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import sys

_END = b"\r\n.\r\n"


async def serve(certificate: str, pause: float) -> None:
    """Serve until killed."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: bytes) -> None:
            await asyncio.sleep(pause)
            writer.write(line + b"\r\n")
            await writer.drain()

        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            await say(b"220 bench")
            while line := await reader.readline():
                match line[:4].upper():
                    case b"EHLO":
                        await say(b"250-bench\r\n250-STARTTLS\r\n250 SIZE 60000000")
                    case b"STAR":
                        await say(b"220 go ahead")
                        await writer.start_tls(context)
                    case b"DATA":
                        await say(b"354 go ahead")
                        await _read_content(reader)
                        await say(b"250 taken")
                    case b"QUIT":
                        await say(b"221 bye")
                        break
                    case _:
                        await say(b"250 ok")
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, limit=2**22)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def _read_content(reader: asyncio.StreamReader) -> None:
    tail = b""
    while not tail.endswith(_END):
        piece = await reader.read(2**20)
        if not piece:
            raise ConnectionResetError
        tail = (tail + piece[-len(_END) :])[-len(_END) :]


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2]) / 1000))
