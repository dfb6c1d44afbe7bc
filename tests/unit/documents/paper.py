"""A PDF as it lies on paper: its words with their places, its lines, and its ink.

By poppler (pdftotext, pdftoppm), a reader that shares nothing with what wrote the file. Lengths are
points, y downwards. What must not go here: what is right or wrong about a page.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path

import numpy as np
import numpy.typing as npt

MILLIMETRE = 72 / 25.4
DPI = 60
"""Enough to see whether there is ink; letters need not be read from it."""

_PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.S)
_WORD = re.compile(
    r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>', re.S
)


@dataclass(frozen=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Page:
    """One page; ``ink`` is True where it is not white, ``DPI`` dots to the inch."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    ink: npt.NDArray[np.bool_]

    @cached_property
    def body(self) -> list[Word]:
        """The words between the running head and foot."""
        top, bottom = 19 * MILLIMETRE, self.height - 18 * MILLIMETRE
        return [word for word in self.words if word.top > top and word.bottom < bottom]

    def last_line(self) -> str:
        """The words that stand lowest on the page, from left to right."""
        if not self.body:
            return ""
        lowest = max(self.body, key=lambda word: word.bottom)
        half = (lowest.bottom - lowest.top) / 2
        line = [word for word in self.body if word.bottom > lowest.bottom - half]
        return " ".join(word.text for word in sorted(line, key=lambda word: word.left))

    def filled(self) -> float:
        """How far down the body the lowest ink is, from 0 to 1."""
        top, bottom = (round(at * MILLIMETRE * DPI / 72) for at in (19, 18))
        rows = np.flatnonzero(self.ink[top:-bottom].any(axis=1))
        return float(rows[-1] + 1) / (self.ink.shape[0] - top - bottom) if len(rows) else 0.0


def read(pdf: bytes) -> tuple[Page, ...]:
    """Every page of a file."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document.pdf"
        file.write_bytes(pdf)
        told = _run("pdftotext", "-bbox", "-enc", "UTF-8", str(file), "-").decode()
        _run("pdftoppm", "-r", str(DPI), "-gray", str(file), f"{folder}/page")
        images = [_ink(image.read_bytes()) for image in sorted(Path(folder).glob("page*.pgm"))]
    pages = _PAGE.findall(told)
    return tuple(
        Page(number, float(width), float(height), tuple(_words(inside)), ink)
        for number, ((width, height, inside), ink) in enumerate(zip(pages, images, strict=True), 1)
    )


def text(pdf: bytes) -> str:
    """All text of a file as a reader would copy it, runs of blanks made single blanks."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        told = _run("pdftotext", "-enc", "UTF-8", file.name, "-").decode()
    return " ".join(normal(told).split())


def normal(words: str) -> str:
    return unicodedata.normalize("NFC", words)


def _run(*command: str) -> bytes:
    return subprocess.run(command, capture_output=True, check=True).stdout


def _words(inside: str) -> Iterator[Word]:
    for left, top, right, bottom, said in _WORD.findall(inside):
        yield Word(normal(unescape(said)), *map(float, (left, top, right, bottom)))


def _ink(pgm: bytes) -> npt.NDArray[np.bool_]:
    kind, width, height, _, dots = _PGM.fullmatch(pgm).groups()  # type: ignore[union-attr]
    assert kind == b"P5"
    return np.frombuffer(dots, np.uint8).reshape(int(height), int(width)) < 250


_PGM = re.compile(rb"(P5)\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", re.S)
