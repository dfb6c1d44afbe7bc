"""What documents are made from, each input under a digest of its own, so that a change has a name.

The same content has the same digest on every database and in every process: frames are digested as
text, row by row as documents see them, without the numbers of rows. What must not go here: reading
the store (``take_snapshot``).
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
from cpsa.documents.render.pdf import list_bundled_fonts
from cpsa.framework.model import Framework
from cpsa.provenance.snapshot import Snapshot
from cpsa.reference.programme import FILE as PROGRAMME_FILE
from cpsa.registry.cluster_register import CLUSTER_FRAMES
from cpsa.settings import Settings
from cpsa.store.queries.stored_submissions import digest_parts

TEXTS = Path(cpsa.__file__).with_name("i18n") / "texts"
_RENDERING_PACKAGES = (
    "docxtpl",
    "jinja2",
    "pikepdf",
    "typst",
    "xlsxwriter",
)  # their versions decide on bytes, too
_FIGURE_FRAMES = ("facts", "closings", "scores", "group_scores", "reporting", "restatements")
_TEXT_FRAMES = ("actions", "decisions", "findings", "letters", "due_dates")
_ADDED_TO_ENTRIES = ("help", "units", "rate", "women")
_PERSONAL = {"agencies": ["email"], "recipients": ["name", "email"]}
# Another store may number its rows otherwise and have the same content.
_ROW_NUMBERS = frozenset(("submission_id", "carried_from", "examination_id", "closing_id"))


def digest_document_inputs(
    snapshot: Snapshot, frameworks: Iterable[Framework], settings: Settings
) -> dict[str, str]:
    """Return the digest of each input, by a name below ``cli.input``; the program by its version."""
    return {
        "figures": digest_parts(
            (
                snapshot.as_of.isoformat(),
                *_digest_frames(snapshot, _FIGURE_FRAMES),
                # Without a row of a table it is the digest that documents had before there were tables.
                *(
                    _digest_frames(snapshot, ("table_values",))
                    if len(snapshot.table_values)
                    else ()
                ),
            )
        ),
        "written": digest_parts(
            (digest_entries(snapshot.entries), *_digest_frames(snapshot, _TEXT_FRAMES))
        ),
        "registry": digest_parts(_digest_registry(snapshot)),
        "framework": digest_parts(sorted({framework.version for framework in frameworks})),
        "reference": digest_folder(settings.reference),
        "programme": digest_parts([(settings.programme / PROGRAMME_FILE).read_text("utf-8")]),
        "texts": digest_parts(map(digest_folder, (TEXTS, settings.programme / "texts"))),
        "templates": digest_parts(
            map(digest_folder, (settings.templates, settings.programme / "templates"))
        ),
        "fonts": _digest_fonts(),
        "program": _describe_program(),
    }


def combine_digests(inputs: Mapping[str, str]) -> str:
    """Return one digest of all inputs."""
    return digest_parts(f"{name} {inputs[name]}" for name in sorted(inputs))


def digest_seal_key(key: bytes) -> str:
    """Return the digest of the key that signs forms; the key cannot be derived from it."""
    return hashlib.sha256(b"seal" + key).hexdigest()[:32]


def digest_frame(frame: pd.DataFrame) -> str:
    """Return the digest of a frame's content, whatever types its columns have."""
    hasher = hashlib.sha256()
    for name in sorted(set(frame.columns) - _ROW_NUMBERS):
        places, values = pd.factorize(frame[name])
        hasher.update(f"{name} {len(frame)}\x1e".encode())
        hasher.update(np.asarray(places, dtype="<i8").tobytes())
        hasher.update("\x1f".join(map(_format_value, values)).encode())
    return hasher.hexdigest()[:32]


def digest_entries(entries: pd.DataFrame) -> str:
    """Return the digest of entries; without a value in the columns that version 1.7.0 added, it is the one
    that they had before."""
    added = [name for name in _ADDED_TO_ENTRIES if name in entries]
    is_filled = entries[added].notna() & (entries[added] != "")
    return digest_frame(entries if is_filled.any(axis=None) else entries.drop(columns=added))


def digest_folder(folder: Path) -> str:
    """Return the digest of a folder's files and their names."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return digest_parts(
        f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in files
    )


def _digest_frames(snapshot: Snapshot, names: Iterable[str]) -> list[str]:
    return [digest_frame(getattr(snapshot, name)) for name in names]


def _digest_registry(snapshot: Snapshot) -> list[str]:
    """A register in which no agency has a last quarter is the one that version 1.0.0 knew, one without
    clusters that of version 1.6.0.

    No document shows names and addresses of people; they may be blanked or corrected.
    """
    frames = {
        name: frame.drop(columns=_PERSONAL.get(name, []))
        for name, frame in snapshot.registry.frames().items()
    }
    if not frames["agencies"]["active_to"].any():
        frames["agencies"] = frames["agencies"].drop(columns="active_to")
    for name in CLUSTER_FRAMES:
        if frames[name].empty:
            del frames[name]
    return [digest_frame(frame) for frame in frames.values()]


def _format_value(value: object) -> str:
    """Format a value as text, the same whichever type a database returns it in."""
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
def _digest_fonts() -> str:
    """They belong to an installed package, which does not change while a process runs."""
    return digest_parts(digest_folder(folder) for folder in list_bundled_fonts())


@cache
def _describe_program() -> str:
    return ", ".join(
        (
            f"cpsa {cpsa.__version__}",
            *(f"{package} {version(package)}" for package in _RENDERING_PACKAGES),
        )
    )
