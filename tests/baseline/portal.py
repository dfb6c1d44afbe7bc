"""The upload portal over HTTP: a server of its own, and a visitor that opens pages and fills forms.

What belongs here: asking and keeping what is answered. What must not: when and about what.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from lxml import html
from tests.baseline import clock
from tests.baseline.ports import free_port, is_open
from tests.baseline.results import Results

ADDRESS = "http://updates.example.org"  # what letters say; the visitor asks this machine instead
HEADERS = ("location", "content-type", "content-disposition", "content-security-policy")
_SECONDS_TO_START = 60


class Visitor:
    """Anyone who has a link; cookies are kept, redirects are followed one by one."""

    def __init__(self, results: Results, port: int) -> None:
        self._results = results
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Host": ADDRESS.split("//")[1]}
        )

    def get(self, name: str, address: str, **query: str) -> httpx.Response:
        """Open a page; its status, headers and content are kept under the name."""
        clock.tick()
        answer = self._client.get(_path(address), params=query or None, timeout=60)
        return self._keep(name, answer)

    def submit(
        self,
        name: str,
        page: httpx.Response,
        action: str,
        fields: Mapping[str, str] = {},
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> httpx.Response:
        """Send the form of a page that leads to an address ending so, with these fields changed."""
        form = next(
            one
            for one in html.fromstring(page.content).forms
            if (one.get("action") or str(page.url)).split("#")[0].split("?")[0].endswith(action)
        )
        typed = {key: value for key, value in form.form_values() if isinstance(value, str)}
        address = urljoin(str(page.url), form.get("action") or str(page.url))
        parts: Any = [(key, (None, value)) for key, value in {**typed, **fields}.items()]
        parts += list((files or {}).items())
        clock.tick()
        answer = self._client.post(_path(address), files=parts, timeout=60)
        self._keep(name, answer)
        if answer.status_code == 303:
            return self.get(f"{name} then", answer.headers["location"])
        return answer

    def _keep(self, name: str, answer: httpx.Response) -> httpx.Response:
        said = [f"{one}: {answer.headers.get(one, '')}" for one in HEADERS]
        self._results.text(f"{name}.txt", "\n".join([f"status {answer.status_code}", *said]))
        file = re.search(r"filename\*?=(?:utf-8'')?\"?([^\";]+)", said[2])
        kind = Path(file[1]).suffix if file else ".html"
        if "text/css" in said[1]:
            kind = ".css"
        self._results.bytes(f"{name}{kind}", answer.content, cell_by_cell=True)
        return answer


def _path(address: str) -> str:
    """An address without its server."""
    return re.sub(r"^https?://[^/]+", "", address).split("#")[0]


def link_in(text: str, kind: str) -> str:
    """The first link of a kind (``u``, ``r``) in a text."""
    found = re.search(rf"{ADDRESS}/{kind}/[\w.~-]+", text)
    if found is None:
        raise LookupError(f"no link /{kind}/ in {text[:400]!r}")
    return found[0]


@contextmanager
def serving(log: Path) -> Iterator[int]:
    """The portal as ``cpsa portal`` serves it, by the standing clock; its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.baseline.program", "portal", "--port", str(port)]
    with log.open("wb") as said:
        server = subprocess.Popen(command, stdout=said, stderr=said, env=dict(os.environ))
        try:
            _wait_for(server, port, log)
            yield port
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < end and server.poll() is None:
        if is_open(port):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the portal does not start: {log.read_text('utf-8')[-2000:]}")


def names_in(page: httpx.Response, prefix: str) -> list[str]:
    """The fields of a page whose names begin so, without the prefix."""
    found = re.findall(rf"name=\"{re.escape(prefix)}([^\"]+)\"", page.text)
    return list(dict.fromkeys(found))
