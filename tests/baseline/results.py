"""What was made, by name: digests, and texts where a difference can be shown.

What belongs here: keeping, masking and comparing. What must not: how anything is made.
"""

from __future__ import annotations

import base64
import builtins
import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

from tests.baseline.workbooks import cells

_TEXTS = (".html", ".htm", ".css", ".js", ".svg", ".csv", ".json", ".txt", ".xml", ".md", ".eml")
_MOST_KEPT = 4_000_000  # characters of a text; of a longer one only the digest is kept
_IDENTITY = "Message-ID: "
_WIDTH = 300  # characters of a line that are shown


@dataclass
class Results:
    """Everything that was made. ``masks``: patterns, and what stands in their place."""

    masks: list[tuple[re.Pattern[str], str]] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    def text(self, name: str, text: str) -> None:
        """Keep a text, masked."""
        for pattern, instead in self.masks:
            text = pattern.sub(instead, text)
        self._digest(name, text.encode())
        if len(text) <= _MOST_KEPT:
            self.texts[name] = text

    def bytes(self, name: str, content: bytes, cell_by_cell: bool = False) -> None:
        """Keep what is no text by its digest; of what is a zip of parts, the parts as well.

        ``cell_by_cell``: of a workbook what a person sees instead of its parts.
        """
        if name.lower().endswith(_TEXTS):
            self.text(name, content.decode("utf-8", "replace"))
            return
        self._digest(name, content)
        if cell_by_cell and name.lower().endswith(".xlsx"):
            self.text(f"{name}#cells", cells(content))
        elif name.lower().endswith((".docx", ".xlsx")):
            self.text(f"{name}#parts", _parts(content))

    def folder(self, name: str, folder: Path) -> None:
        """Keep every file of a folder."""
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                self.bytes(f"{name}/{file.relative_to(folder).as_posix()}", file.read_bytes())

    def _digest(self, name: str, content: builtins.bytes) -> None:
        if name in self.digests:
            raise ValueError(f"{name} was made twice")
        self.digests[name] = hashlib.sha256(content).hexdigest()

    def write(self, file: Path) -> None:
        """Put everything down as JSON; texts are compressed."""
        texts = {
            name: base64.b64encode(zlib.compress(text.encode(), 6)).decode()
            for name, text in self.texts.items()
        }
        file.parent.mkdir(parents=True, exist_ok=True)
        said = {"sha256": self.digests, "texts": texts}
        file.write_text(json.dumps(said, indent=0, sort_keys=True) + "\n", "utf-8")


def _parts(content: bytes) -> str:
    """The parts of a workbook or Word document, an element a line; of pictures their digests."""
    said = []
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in sorted(archive.namelist()):
            part = archive.read(name)
            is_text = name.endswith((".xml", ".rels"))
            shown = part.decode("utf-8") if is_text else hashlib.sha256(part).hexdigest()
            said.append(f"== {name}\n" + shown.replace("><", ">\n<"))
    return "\n".join(said)


def read(file: Path) -> Results:
    said = json.loads(file.read_text("utf-8"))
    texts = {
        name: zlib.decompress(base64.b64decode(text)).decode()
        for name, text in said["texts"].items()
    }
    return Results(digests=said["sha256"], texts=texts)


def differences(before: Results, after: Results) -> Iterator[str]:
    """Every name whose content differs, with the first line that does."""
    for name in sorted(before.digests.keys() | after.digests.keys()):
        old, new = before.digests.get(name), after.digests.get(name)
        if old == new:
            continue
        if new is None:
            yield f"missing   {name}"
        elif old is None:
            yield f"new       {name}"
        elif name in before.texts and name in after.texts:
            yield f"differs   {name}\n{_first(before.texts[name], after.texts[name])}"
        else:
            yield f"differs   {name} (bytes)"


def _first(old: str, new: str) -> str:
    """The first line that differs, from a little before where it does."""
    lines = list(zip_longest(old.split("\n"), new.split("\n")))
    # The identity of a mail follows from the rest of it.
    rest = any(was != is_ and not (was or "").startswith(_IDENTITY) for was, is_ in lines)
    for number, (was, is_) in enumerate(lines, 1):
        if was != is_ and not (rest and (was or "").startswith(_IDENTITY)):
            place = next(
                (at for at, (a, b) in enumerate(zip(was or "", is_ or "", strict=False)) if a != b),
                min(len(was or ""), len(is_ or "")),
            )
            begin = max(0, place - 80)
            shown = [
                "(no such line)" if one is None else one[begin : begin + _WIDTH]
                for one in (was, is_)
            ]
            return f"  line {number}\n  - {shown[0]}\n  + {shown[1]}"
    return "  (the same lines)"
