"""Workbooks taken apart and packed again, with nothing in them of the moment it was done."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from random import Random

Parts = dict[str, bytes]
_DATE = (2026, 10, 1, 0, 0, 0)
_WHEN = re.compile(rb"\d{4}-\d\d-\d\dT[\d:.]+Z?")


def parts_of(content: bytes) -> Parts:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {one.filename: package.read(one) for one in package.infolist()}


def entry(name: str, mode: int = 0o100600) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("x", _DATE)
    info.filename = info.orig_filename = name  # as it is: no cut at a NUL, no other slashes
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def packed(
    parts: Mapping[str, bytes] | Iterable[tuple[str, bytes]],
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    """A zip of these parts, in their order; a list may hold a name twice."""
    listed = parts.items() if isinstance(parts, Mapping) else parts
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as package:
        for name, data in listed:
            info = entry(name)
            info.compress_type = compression
            package.writestr(info, data)
    return buffer.getvalue()


def dateless(content: bytes) -> bytes:
    """A workbook without the moment it was written at: the same bytes at every run."""
    parts = parts_of(content)
    name = "meta.xml" if "meta.xml" in parts else "docProps/core.xml"
    return packed({**parts, name: _WHEN.sub(b"2026-10-01T00:00:00Z", parts[name])})


def sheets_of(parts: Mapping[str, bytes]) -> list[str]:
    """The parts that hold an .xlsx's sheets."""
    return sorted(name for name in parts if name.startswith("xl/worksheets/sheet"))


def loosened(parts: Parts, chance: Random) -> Parts:
    """With a part of noise, so that a large package is not given away by how tightly it packs."""
    size = sum(map(len, parts.values()))
    if size < 4 * 1024 * 1024 or chance.random() < 0.2:
        return parts
    return {**parts, "Pictures/noise.png": chance.randbytes(size // 60)}
