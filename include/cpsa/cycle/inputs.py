"""What documents are made from, each input under a digest of its own, so that a change has a name.

The same content has the same digest on every database and in every process: frames are digested as
text, row by row as documents see them, without the numbers of rows. What must not go here: reading
the store (``snapshots``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

import cpsa
from cpsa.cycle.standing import digest
from cpsa.documents import Snapshot
from cpsa.documents.pdf import bundled_fonts
from cpsa.framework import Framework
from cpsa.settings import Settings

TEXTS = Path(cpsa.__file__).with_name("texts")
_MAKERS = ("docxtpl", "jinja2", "typst", "xlsxwriter")  # their versions decide on bytes, too
_FIGURES = ("facts", "closings", "scores", "group_scores", "reporting", "restatements")
_WRITTEN = ("entries", "actions", "decisions", "findings", "letters", "due_dates")
# Another store may number its rows otherwise and hold the same.
_ROW_NUMBERS = frozenset(("submission_id", "carried_from", "examination_id", "closing_id"))


def digests(
    snapshot: Snapshot, frameworks: Iterable[Framework], settings: Settings
) -> dict[str, str]:
    """Of each input its digest, by a name below ``cli.input``; the program by its version."""
    return {
        "figures": digest((snapshot.as_of.isoformat(), *_frames(snapshot, _FIGURES))),
        "written": digest(_frames(snapshot, _WRITTEN)),
        "registry": digest(_registry(snapshot)),
        "framework": digest(sorted({one.version for one in frameworks})),
        "reference": of_folder(settings.reference),
        "texts": of_folder(TEXTS),
        "templates": of_folder(settings.templates),
        "fonts": _fonts(),
        "program": _program(),
    }


def total(inputs: Mapping[str, str]) -> str:
    """One digest of all inputs."""
    return digest(f"{name} {inputs[name]}" for name in sorted(inputs))


def of_seal(key: bytes) -> str:
    """The digest of the key that signs forms; what it was cannot be told from it."""
    return hashlib.sha256(b"seal" + key).hexdigest()[:32]


def of_frame(frame: pd.DataFrame) -> str:
    """The digest of a frame's content, whatever types its columns have."""
    told = hashlib.sha256()
    for name in sorted(set(frame.columns) - _ROW_NUMBERS):
        places, values = pd.factorize(frame[name])
        told.update(f"{name} {len(frame)}\x1e".encode())
        told.update(np.asarray(places, dtype="<i8").tobytes())
        told.update("\x1f".join(map(_text, values)).encode())
    return told.hexdigest()[:32]


def of_folder(folder: Path) -> str:
    """The digest of a folder's files and of how they are called."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return digest(
        f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in files
    )


def _frames(snapshot: Snapshot, names: Iterable[str]) -> list[str]:
    return [of_frame(getattr(snapshot, name)) for name in names]


def _registry(snapshot: Snapshot) -> list[str]:
    """A register in which no agency has a last quarter is the one that version 1.0.0 knew."""
    frames = snapshot.registry.frames()
    if not frames["agencies"]["active_to"].any():
        frames["agencies"] = frames["agencies"].drop(columns="active_to")
    return [of_frame(frame) for frame in frames.values()]


def _text(value: object) -> str:
    """A value as text: the same for what databases give in one type or another."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, (bool, np.bool_)):
        return str(int(value))
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, np.floating):
        return repr(float(value))
    return str(value)


@cache
def _fonts() -> str:
    """They belong to an installed package, which does not change while a process runs."""
    return digest(of_folder(folder) for folder in bundled_fonts())


@cache
def _program() -> str:
    return ", ".join((f"cpsa {cpsa.__version__}", *(f"{one} {version(one)}" for one in _MAKERS)))
