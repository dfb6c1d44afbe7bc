"""Reading what a browser sends, within limits that hold while it arrives.

What belongs here: sizes, numbers of fields, and texts without what no text may hold. What must
not: what any field means.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath, PureWindowsPath

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.types import Message, Receive

from cpsa.collect.door import limits
from cpsa.portal.refusals import PageError

# A form of 70 indicators with every explanation and 20 rows of each kind stays far below these.
FORM_BYTES = 2 * limits.MEGABYTE
MOST_FIELDS = 2000
FIELD_BYTES = 64 * 1024
_AROUND_A_FILE = 64 * 1024  # the other fields of its form, and what separates them
UPLOAD_BYTES = limits.FILE_BYTES + _AROUND_A_FILE
# What is too large is still received for a while and thrown away: a browser that is cut off while
# it sends shows its own error and not our page.
_THROWN_AWAY = 64 * limits.MEGABYTE
_SECONDS_FOR_IT = 20
_SECONDS_OF_SILENCE = 60
_NAME_LENGTH = 120
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Sent:
    """A form as it came: its texts by field, and the file in it if there was one."""

    fields: Mapping[str, str]
    file_name: str = ""
    content: bytes = field(default=b"", repr=False)


async def read_form(request: Request, most: int = FORM_BYTES) -> Sent:
    """The form in a request's body; PageError when it is too large or no form."""
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", request.headers.get("content-type", ""))
    if charset and charset[1].casefold() not in ("utf-8", "utf8"):
        raise PageError(400, "bad_request")
    limited = Request(request.scope, _Limited(request, most))
    async with limited.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=FIELD_BYTES) as form:
        fields: dict[str, str] = {}
        name, content = "", b""
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                name, content = safe_name(value.filename or ""), await value.read()
            else:
                fields.setdefault(key, _CONTROLS.sub("", value))
    return Sent(fields, name, content)


def safe_name(said: str) -> str:
    """A file's name as its sender knows it, without folders and what no name may hold."""
    name = PureWindowsPath(PurePosixPath(said).name).name
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    if len(name) <= _NAME_LENGTH:
        return name
    suffix = PurePosixPath(name).suffix[:10]
    return name[: _NAME_LENGTH - len(suffix)] + suffix


class _Limited:
    """Receives a body piece by piece, and refuses it as soon as it is known to be too large."""

    def __init__(self, request: Request, most: int) -> None:
        self._receive: Receive = request.receive
        self._most = most
        self._seen = 0
        declared = request.headers.get("content-length", "")
        self._declared = int(declared) if declared.isascii() and declared.isdigit() else 0
        self._asks_first = "expect" in request.headers

    async def __call__(self) -> Message:
        if self._declared > self._most:
            await self._refuse(more=not self._asks_first)
        try:
            async with asyncio.timeout(_SECONDS_OF_SILENCE):
                message = await self._receive()
        except TimeoutError:
            raise PageError(408, "too_slow", {"Connection": "close"}) from None
        self._seen += len(message.get("body", b""))
        if self._seen > self._most:
            await self._refuse(more=message.get("more_body", False))
        return message

    async def _refuse(self, more: bool) -> None:
        try:
            async with asyncio.timeout(_SECONDS_FOR_IT):
                while more and self._seen < _THROWN_AWAY:
                    message = await self._receive()
                    self._seen += len(message.get("body", b""))
                    more = message["type"] == "http.request" and message.get("more_body", False)
        except TimeoutError:
            pass
        most = limits.megabytes(self._most // limits.MEGABYTE * limits.MEGABYTE)
        raise PageError(413, "too_large", {"Connection": "close"}, most=most)
