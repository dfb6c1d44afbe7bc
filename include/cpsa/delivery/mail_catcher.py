"""A mail server for tests: accepts every mail and stores it as it came, one .eml file each.

    python -m cpsa.delivery.mail_catcher --port 1025 --folder caught

It listens on this machine only and passes nothing on. Needs aiosmtpd, which the system itself does
not: nothing else may import this module.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from cpsa.errors import RequestError
from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES

HOST = "127.0.0.1"


class MailFolder:
    """Stores mails as ``000001-<recipient>.eml``: their names sort by order of arrival."""

    def __init__(self, path: Path) -> None:
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._last = max((int(file.name[:6]) for file in path.glob("[0-9]*.eml")), default=0)

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Envelope) -> str:  # noqa: N802
        """Say 250 only once the mail is on disk, whole and under its name."""
        self._last += 1
        recipient = re.sub(r"[^\w.@+-]", "_", ",".join(envelope.rcpt_tos))[:100]
        file = self._path / f"{self._last:06}-{recipient}.eml"
        part = file.with_suffix(".part")
        part.write_bytes(envelope.original_content or b"")
        part.replace(file)
        return f"250 stored as {file.name}"


async def catch_mails(folder: Path, port: int, language: str = "en") -> None:
    """Serve until SIGTERM or SIGINT; RequestError when the port cannot be had."""
    loop = asyncio.get_running_loop()
    store = MailFolder(folder)
    try:
        server = await loop.create_server(lambda: SMTP(store, loop=loop), HOST, port)
    except (OSError, OverflowError) as error:
        number = getattr(error, "errno", None)
        detail = os.strerror(number) if number else str(error)
        raise RequestError(
            "deliver.catcher.port_in_use", host=HOST, port=port, detail=detail
        ) from None
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    port = server.sockets[0].getsockname()[1]
    print(
        text("deliver.catcher.listening", language, host=HOST, port=port, folder=folder),
        flush=True,
    )
    await stop.wait()
    server.close()


def main(arguments: list[str] | None = None) -> int:
    """The command line of the catcher."""
    parser = argparse.ArgumentParser(prog="cpsa.delivery.mail_catcher", description=__doc__)
    parser.add_argument("--port", type=int, default=1025, help="0 takes any free port")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(catch_mails(options.folder, options.port, options.language))
    except RequestError as error:
        print(error.text(options.language), file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
