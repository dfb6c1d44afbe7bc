"""Shows the demo's mails in a browser: what was sent, what came back, each with its attachments.

    python -m cpsa_demo.mail_reader --port 8025 --folder mails --mailbox mailbox

It listens on this machine only and changes nothing. A mail's own HTML is shown in a frame that may
run nothing; links lead out of the frame, so that those to the portal can be followed.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa_demo.mailbox_folder import MailboxFolders
from cpsa_demo.mails import read_mail

HOST = "127.0.0.1"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; img-src data:"
_STYLE = """body{font:16px/1.45 system-ui,sans-serif;margin:1rem auto;max-width:70rem;padding:0 1rem;
color:#1b1b1b;background:#fff}table{border-collapse:collapse;width:100%}td,th{text-align:start;
padding:.35rem .6rem;border-bottom:1px solid #c8c8c8;vertical-align:top}
iframe{width:100%;height:75vh;border:1px solid #8a8a8a}a{color:#0b4f8a}dt{font-weight:600}
.wide{overflow-x:auto}h1{font-size:1.4rem}h2{font-size:1.15rem}pre{white-space:pre-wrap}"""
_PATH = re.compile(r"/([\w-]+)/([\w.@+-]+\.eml)(?:/(body|\d+))?")
_SENT = "sent"


class Answer(NamedTuple):
    """What a request gets: bytes, their type, and the name under which they are saved."""

    content: bytes
    type: str = "text/html; charset=utf-8"
    name: str = ""


@dataclass(frozen=True)
class MailReader:
    """The pages over two folders: mails that were sent, and the mailbox of those that came back."""

    sent: Path
    mailbox: MailboxFolders
    language: str

    def answer(self, path: str) -> Answer | None:
        """The page, mail or attachment of an address; None where there is none."""
        if path == "/":
            return self._list_all()
        found = _PATH.fullmatch(path)
        file = self._find_file(found[1], found[2]) if found else None
        if found is None or file is None:
            return None
        mail = read_mail(file).mail
        if found[3] is None:
            return self._show_mail(mail, path)
        if found[3] == "body":
            return _get_body(mail)
        parts = list(mail.iter_attachments())
        number = int(found[3])
        return _get_attachment(parts[number]) if number < len(parts) else None

    def _find_file(self, folder: str, name: str) -> Path | None:
        files = dict(self._list_folders()).get(folder, ())
        return next((file for file in files if file.name == name), None)

    def _list_folders(self) -> Iterator[tuple[str, list[Path]]]:
        yield _SENT, sorted(self.sent.glob("*.eml"), reverse=True)
        for folder in self.mailbox.list_folders():
            yield folder, [mail.path for mail in self.mailbox.list_mails(folder)][::-1]

    def _list_all(self) -> Answer:
        parts = [f"<h1>{self._say('title')}</h1><p>{self._say('what')}</p>"]
        for folder, files in self._list_folders():
            if not files:
                continue
            title = self._say("sent" if folder == _SENT else "came_back", folder=folder)
            parts.append(f"<h2>{title} ({len(files)})</h2>{self._list_folder(folder, files)}")
        return self._make_page("".join(parts))

    def _list_folder(self, folder: str, files: list[Path]) -> str:
        heads = "".join(f"<th>{self._say(name)}</th>" for name in ("date", "from", "to", "subject"))
        rows = "".join(self._list_mail(folder, file) for file in files)
        return f'<div class="wide" tabindex="0"><table><tr>{heads}</tr>{rows}</table></div>'

    def _list_mail(self, folder: str, file: Path) -> str:
        mail = read_mail(file).mail
        cells = "".join(
            f"<td>{escape(_read_header(mail, name))}</td>" for name in ("Date", "From", "To")
        )
        subject = escape(_read_header(mail, "Subject") or "–")
        address = f"/{quote(folder)}/{quote(file.name, safe='@')}"
        return f'<tr>{cells}<td><a href="{address}">{subject}</a></td></tr>'

    def _show_mail(self, mail: EmailMessage, path: str) -> Answer:
        subject = escape(_read_header(mail, "Subject") or "–")
        facts = "".join(
            f"<dt>{self._say(name.lower())}</dt><dd>{escape(_read_header(mail, name))}</dd>"
            for name in ("From", "To", "Date")
        )
        files = "".join(
            f'<li><a href="{path}/{number}">{escape(str(part.get_filename() or "–"))}</a></li>'
            for number, part in enumerate(mail.iter_attachments())
        )
        attached = f"<h2>{self._say('attached')}</h2><ul>{files}</ul>" if files else ""
        frame = (
            f'<iframe title="{subject}" src="{path}/body" '
            'sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
        )
        back = f'<p><a href="/">{self._say("back")}</a></p>'
        return self._make_page(f"{back}<h1>{subject}</h1><dl>{facts}</dl>{frame}{attached}")

    def _make_page(self, body: str) -> Answer:
        head = (
            '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
            f"<title>{self._say('title')}</title><style>{_STYLE}</style>"
        )
        page = f'<!doctype html><html lang="{self.language}"><head>{head}</head><body>{body}</body>'
        return Answer(f"{page}</html>".encode())

    def _say(self, key: str, **params: object) -> str:
        return escape(text(f"demo.reader.{key}", self.language, **params))


def _read_header(mail: EmailMessage, name: str) -> str:
    """A header as a person reads it; the parser's own reading puts blanks into words of Hindi."""
    values = (str(value) for key, value in mail.raw_items() if key.lower() == name.lower())
    return str(make_header(decode_header(next(values, ""))))


def _get_body(mail: EmailMessage) -> Answer:
    """What the mail says, as HTML where it has that; its links open outside its frame."""
    part = mail.get_body(("html", "plain"))
    body = str(part.get_content()) if part is not None else ""
    if part is None or part.get_content_type() != "text/html":
        body = f"<pre>{escape(body)}</pre>"
    return Answer(f'<base target="_blank">{body}'.encode())


def _get_attachment(part: EmailMessage | MIMEPart) -> Answer:
    content = part.get_payload(decode=True)
    data = content if isinstance(content, bytes) else part.as_bytes()
    return Answer(data, part.get_content_type(), str(part.get_filename() or "attached"))


def make_server(reader: MailReader, port: int) -> ThreadingHTTPServer:
    """The server of the pages, before it serves."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = reader.answer(self.path)
            if answer is None:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", answer.type)
            self.send_header("Content-Length", str(len(answer.content)))
            self.send_header("Content-Security-Policy", _POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            if answer.name:
                disposition = f"attachment; filename*=UTF-8''{quote(answer.name)}"
                self.send_header("Content-Disposition", disposition)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_details: object) -> None:
            """Nothing: mails carry links by which anyone can answer."""

    return ThreadingHTTPServer((HOST, port), Handler)


def main(arguments: list[str] | None = None) -> None:
    """The command line of the reader."""
    parser = argparse.ArgumentParser(prog="cpsa_demo.mail_reader", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--mailbox", type=Path, required=True)
    parser.add_argument("--language", choices=LANGUAGES, default="en")
    options = parser.parse_args(arguments)
    reader = MailReader(options.folder, MailboxFolders(options.mailbox), options.language)
    make_server(reader, options.port).serve_forever()


if __name__ == "__main__":
    main()
