"""Reading what a browser sends, within limits that apply while it arrives.

What belongs here: sizes, numbers of fields, and texts without forbidden characters. What must
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

from cpsa.intake.file_guard import file_limits
from cpsa.web.portal.error_pages import PageError

# A form of 70 indicators with every explanation, 20 rows of each kind of entry and two tables of 100 rows
# stays below these.
FORM_BYTES = 2 * file_limits.MEGABYTE
MAX_FIELDS = 4000
FIELD_BYTES = 64 * 1024
_FORM_OVERHEAD_BYTES = 64 * 1024  # the other fields of its form, and what separates them
UPLOAD_BYTES = file_limits.FILE_BYTES + _FORM_OVERHEAD_BYTES
# What is too large is still received for a while and thrown away: a browser that is cut off while
# it sends shows its own error and not our page.
_THROWN_AWAY = 64 * file_limits.MEGABYTE
_DRAIN_SECONDS = 20
_SECONDS_OF_SILENCE = 60
_NAME_LENGTH = 120
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class PostedForm:
    """A posted form: its texts by field, and the file in it if there was one."""

    fields: Mapping[str, str]
    file_name: str = ""
    content: bytes = field(default=b"", repr=False)


async def read_form(request: Request, max_bytes: int = FORM_BYTES) -> PostedForm:
    """The form in a request's body; PageError when it is too large or no form."""
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", request.headers.get("content-type", ""))
    if charset and charset[1].casefold() not in ("utf-8", "utf8"):
        raise PageError(400, "bad_request")
    limited = Request(request.scope, _LimitedReceiver(request, max_bytes))
    async with limited.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=FIELD_BYTES) as form:
        fields: dict[str, str] = {}
        name, content = "", b""
        for key, value in form.multi_items():
            if isinstance(value, UploadFile):
                name, content = clean_file_name(value.filename or ""), await value.read()
            else:
                fields.setdefault(key, _CONTROLS.sub("", value))
    return PostedForm(fields, name, content)


def clean_file_name(file_name: str) -> str:
    """The sender's name of a file, without folders and forbidden characters."""
    name = PureWindowsPath(PurePosixPath(file_name).name).name
    name = "".join(letter for letter in name if letter.isprintable()).strip()
    if len(name) <= _NAME_LENGTH:
        return name
    suffix = PurePosixPath(name).suffix[:10]
    return name[: _NAME_LENGTH - len(suffix)] + suffix


class _LimitedReceiver:
    """Receives a body piece by piece, and refuses it as soon as it is known to be too large."""

    def __init__(self, request: Request, max_bytes: int) -> None:
        self._receive: Receive = request.receive
        self._max_bytes = max_bytes
        self._seen = 0
        declared = request.headers.get("content-length", "")
        self._declared = int(declared) if declared.isascii() and declared.isdigit() else 0
        self._expects_continue = "expect" in request.headers

    async def __call__(self) -> Message:
        if self._declared > self._max_bytes:
            await self._refuse(more=not self._expects_continue)
        try:
            async with asyncio.timeout(_SECONDS_OF_SILENCE):
                message = await self._receive()
        except TimeoutError:
            raise PageError(408, "too_slow", {"Connection": "close"}) from None
        self._seen += len(message.get("body", b""))
        if self._seen > self._max_bytes:
            await self._refuse(more=message.get("more_body", False))
        return message

    async def _refuse(self, *, more: bool) -> None:
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                while more and self._seen < _THROWN_AWAY:
                    message = await self._receive()
                    self._seen += len(message.get("body", b""))
                    more = message["type"] == "http.request" and message.get("more_body", False)
        except TimeoutError:
            pass
        most = file_limits.format_megabytes(
            self._max_bytes // file_limits.MEGABYTE * file_limits.MEGABYTE
        )
        raise PageError(413, "too_large", {"Connection": "close"}, most=most)
