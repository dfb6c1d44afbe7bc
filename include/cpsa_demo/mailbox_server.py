"""A mailbox server for the demo: as much of IMAP as ``collect_updates`` and ``collect_bounces`` speak.

    python -m cpsa_demo.mailbox_server --port 1143 --folder mailbox

It listens on this machine only, knows one mailbox, and accepts any name and password. A trial by
people needs a real server; tests of the reader itself use Dovecot.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from cpsa_demo.mailbox_folder import INBOX, MailboxFolders, StoredMail

HOST = "127.0.0.1"
_CAPABILITY = b"CAPABILITY IMAP4rev1 MOVE"
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\([^)]*\))|([^\s"()]+)')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class CommandError(Exception):
    """A command that is not understood, or names what is not there."""


class MailboxSession:
    """One connection: what it has selected, and the answers to its commands."""

    def __init__(self, folders: MailboxFolders) -> None:
        self._folders = folders
        self._folder = INBOX
        self.ended = False

    def answer(self, line: str) -> Iterator[bytes]:
        """The lines of the answer to one command, without line ends."""
        tag, *words = _split_words(line)
        name = words[0].upper() if words else ""
        try:
            yield from self._list_answers(name, words[1:])
        except (CommandError, ValueError, IndexError) as error:
            yield f"{tag} NO {type(error).__name__}".encode()
            return
        yield f"{tag} OK {name} completed".encode()

    def _list_answers(self, name: str, arguments: list[str]) -> Iterator[bytes]:
        commands: dict[str, Callable[[list[str]], Iterator[bytes]]] = {
            "CAPABILITY": self._say_capability,
            "LOGIN": self._accept,
            "NOOP": self._accept,
            "CLOSE": self._accept,
            "SELECT": self._select,
            "LIST": self._list_folders,
            "CREATE": self._create,
            "LOGOUT": self._log_out,
        }
        if name == "UID":
            return self._answer_uid(arguments[0].upper(), arguments[1:])
        if name not in commands:
            raise CommandError(name)
        return commands[name](arguments)

    def _accept(self, _arguments: list[str]) -> Iterator[bytes]:
        yield from ()

    def _say_capability(self, _arguments: list[str]) -> Iterator[bytes]:
        yield b"* " + _CAPABILITY

    def _log_out(self, _arguments: list[str]) -> Iterator[bytes]:
        self.ended = True
        yield b"* BYE"

    def _select(self, arguments: list[str]) -> Iterator[bytes]:
        if arguments[0] not in self._folders.list_folders():
            raise CommandError(arguments[0])
        self._folder = arguments[0]
        yield f"* {len(self._folders.list_mails(self._folder))} EXISTS".encode()
        yield b"* OK [UIDVALIDITY 1]"

    def _list_folders(self, arguments: list[str]) -> Iterator[bytes]:
        for folder in self._folders.list_folders():
            if arguments[1] in ("*", "%", folder):
                yield f'* LIST () "/" "{folder}"'.encode()

    def _create(self, arguments: list[str]) -> Iterator[bytes]:
        self._folders.create_folder(arguments[0])
        yield from ()

    def _answer_uid(self, name: str, arguments: list[str]) -> Iterator[bytes]:
        mails = self._folders.list_mails(self._folder)
        if name == "SEARCH":
            yield " ".join(["* SEARCH", *(str(mail.number) for mail in mails)]).encode()
            return
        if name not in ("FETCH", "MOVE"):
            raise CommandError(name)
        wanted = {int(number) for number in arguments[0].split(",")}
        for place, mail in enumerate(mails, 1):
            if mail.number not in wanted:
                continue
            if name == "FETCH":
                yield _format_fetched(place, mail, arguments[1].upper())
            else:
                self._folders.move_mail(mail, arguments[1])


def _format_fetched(place: int, mail: StoredMail, parts: str) -> bytes:
    if "BODY.PEEK[]" in parts:
        content = mail.content
        head = f"* {place} FETCH (UID {mail.number} BODY[] {{{len(content)}}}\r\n"
        return head.encode() + content + b")"
    if "INTERNALDATE" not in parts:
        raise CommandError(parts)
    moment = datetime.fromtimestamp(mail.received, UTC)
    date = f"{moment:%d}-{_MONTHS[moment.month - 1]}-{moment:%Y %H:%M:%S} +0000"
    size = mail.path.stat().st_size
    return f'* {place} FETCH (UID {mail.number} RFC822.SIZE {size} INTERNALDATE "{date}")'.encode()


def _split_words(line: str) -> list[str]:
    return [
        re.sub(r"\\(.)", r"\1", quoted) if quoted else bracketed or plain
        for quoted, bracketed, plain in _WORD.findall(line)
    ]


async def start_mailbox_server(folders: MailboxFolders, port: int) -> asyncio.Server:
    """Serve a mailbox for as long as the loop runs."""
    folders.create_folder(INBOX)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = MailboxSession(folders)
        writer.write(b"* OK [" + _CAPABILITY + b"] ready\r\n")
        with suppress(ConnectionError):
            while not session.ended and (line := await reader.readline()):
                for answer in session.answer(line.decode("utf-8", "replace").strip()):
                    writer.write(answer + b"\r\n")
                await writer.drain()
        writer.close()

    return await asyncio.start_server(converse, HOST, port)


async def serve_mailbox(folder: Path, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    server = await start_mailbox_server(MailboxFolders(folder), port)
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await stop.wait()
    server.close()


def main(arguments: list[str] | None = None) -> None:
    """The command line of the server."""
    parser = argparse.ArgumentParser(prog="cpsa_demo.mailbox_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    options = parser.parse_args(arguments)
    asyncio.run(serve_mailbox(options.folder, options.port))


if __name__ == "__main__":
    main()
