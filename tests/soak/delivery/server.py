"""The mail server of a trial: it does to mail what servers do, and keeps what it accepted.

Its faults are drawn from the seed, the recipient and the number of the attempt, so that anyone who
sends meets the same ones. What it accepted stands in ``archive`` for good, whether or not the
sender ever heard of it.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from random import Random

from tests.soak.delivery.tempo import IDLE_SECONDS, LATE_SECONDS, QUARANTINE_SECONDS

FAULTS = {
    "none": 10,
    "greylisted": 3,
    "421 at RCPT": 1,
    "421 after the dot": 1,
    "452 at RCPT": 1,
    "452 after the dot": 1,
    "dropped in the content": 1,
    "dropped before acceptance": 2,
    "dropped after acceptance": 3,  # the reply is lost
    "slow reply": 1,
    "reply too late": 2,
    "accepted too late": 1,
}
MOST_FAULTS = 6  # attempts of one recipient that may meet a fault
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*(<[^>]+>)", re.I | re.M)


class _HangUpError(Exception):
    """The session ends without a further word."""


class Server:
    """Runs in a thread of its own. ``archive``: (recipient, Message-ID) of every accepted copy."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._attempts: Counter[str] = Counter()
        self._calm = False
        self._loop = asyncio.new_event_loop()
        self.archive: list[tuple[str, str]] = []
        self.met: Counter[str] = Counter()
        self.port = 0

    def __enter__(self) -> Server:
        started = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self._loop)
            listening = asyncio.start_server(self._serve, "127.0.0.1", 0)
            self._server = self._loop.run_until_complete(listening)
            self.port = self._server.sockets[0].getsockname()[1]
            started.set()
            self._loop.run_forever()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()
        started.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def calm_down(self) -> None:
        """No more faults from now on."""
        self._calm = True

    def _fault(self, recipient: str) -> str:
        self._attempts[recipient] += 1
        number = self._attempts[recipient]
        if self._calm or number > MOST_FAULTS:
            return "none"
        rng = Random(f"{self._seed} {recipient} {number}")
        fault = rng.choices(list(FAULTS), list(FAULTS.values()))[0]
        self.met[fault] += 1
        return fault

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _Session(self, reader, writer).run()
        except (_HangUpError, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()


class _Session:
    def __init__(
        self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._buffer = b""
        self._heard_at = server._loop.time()
        self._recipient = self._fault = ""

    async def run(self) -> None:
        self._say(220)
        commands: dict[bytes, Callable[[bytes], Awaitable[None]]] = {
            b"RCPT": self._rcpt,
            b"DATA": self._data,
            b"QUIT": self._quit,
        }
        while True:
            line = await self._until(b"\r\n")
            await commands.get(line[:4].upper(), self._anything)(line)

    async def _anything(self, line: bytes) -> None:
        self._say(250)

    async def _quit(self, line: bytes) -> None:
        self._say(221)
        raise _HangUpError

    async def _rcpt(self, line: bytes) -> None:
        self._recipient = line[line.index(b"<") + 1 : line.index(b">")].decode()
        self._fault = self._server._fault(self._recipient)
        match self._fault:
            case "greylisted":
                self._say(451)
            case "452 at RCPT":
                self._say(452)
            case "421 at RCPT":
                self._say(421)
                raise _HangUpError
            case _:
                self._say(250)

    async def _data(self, line: bytes) -> None:
        self._say(354)
        if self._fault == "dropped in the content":
            await self._until(b"\r\n\r\n")
            raise _HangUpError
        content = await self._until(b"\r\n.\r\n")
        taken_at = self._server._loop.time()
        match self._fault:
            case "dropped before acceptance":
                raise _HangUpError
            case "421 after the dot":
                self._say(421)
                raise _HangUpError
            case "452 after the dot":
                self._say(452)
                return
            case "accepted too late":
                await asyncio.sleep(LATE_SECONDS)
                if self._server._loop.time() - taken_at > QUARANTINE_SECONDS * 0.7:
                    raise _HangUpError  # this machine was too busy: no server of the field takes longer
        self._accept(content)
        match self._fault:
            case "dropped after acceptance":
                raise _HangUpError
            case "slow reply":
                await asyncio.sleep(0.1)
            case "reply too late":
                await asyncio.sleep(LATE_SECONDS)
        self._say(250)

    def _accept(self, content: bytes) -> None:
        found = _MESSAGE_ID.search(content)
        self._server.archive.append((self._recipient, found[1].decode() if found else ""))

    def _say(self, code: int) -> None:
        self._writer.write(b"%d said\r\n" % code)

    async def _until(self, end: bytes) -> bytes:
        """What the client says up to ``end``; a client that is silent too long is hung up on, be
        its next words waiting already when this process comes to look."""
        while end not in self._buffer:
            more = await asyncio.wait_for(self._reader.read(65536), IDLE_SECONDS)
            now = self._server._loop.time()
            if not more or now - self._heard_at > IDLE_SECONDS:
                raise _HangUpError
            self._heard_at = now
            self._buffer += more
        said, _, self._buffer = self._buffer.partition(end)
        return said
