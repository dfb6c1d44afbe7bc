"""Every Jinja environment of the package: one factory per way of escaping, all of them strict.

What belongs here: how a template is filled. What must not: words, which are handed in, and where files are
(``template_files``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cpsa.i18n.template_files import list_own_folders

SHIPPED_LETTERS = Path(__file__).resolve().parents[2] / "templates" / "letters"


def make_page_environment(*folders: Path) -> Environment:
    """Templates of pages, in the first folder that has one: everything is escaped."""
    return _make_environment(*_add_own(*folders), autoescape=True, keep_trailing_newline=True)


def make_xml_environment(folder: Path, escape: Callable[[object], object]) -> Environment:
    """Templates of Word's XML: what they print goes through ``escape``, and is escaped for XML."""
    return _make_environment(*_add_own(folder), autoescape=True, finalize=escape)


def make_letter_environment(places: Sequence[Path], form: str) -> Environment:
    """Templates of letters in one form, ``html`` or ``text``: only HTML is escaped.

    ``places``: the folders in the order in which one is looked for; one that none has is the shipped
    one: letters go on where an office keeps a folder of its own that was made by an earlier version.
    """
    folders = [place / part for place in (*places, SHIPPED_LETTERS) for part in (form, "")]
    return _make_environment(*folders, autoescape=form == "html")


def make_versioned_address(address: str, content: bytes) -> str:
    """The address of a file of a page, which changes with its content: browsers may keep the file."""
    return f"{address}?{hashlib.sha256(content).hexdigest()[:12]}"


def _add_own(*folders: Path) -> list[Path]:
    """Each folder after the programme's own for it."""
    return [place for folder in folders for place in (*list_own_folders(folder), folder)]


def _make_environment(
    *folders: Path,
    autoescape: bool,
    finalize: Callable[..., object] | None = None,
    keep_trailing_newline: bool = False,
) -> Environment:
    """Templates of these folders; a name that nobody defined raises UndefinedError."""
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=autoescape,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=keep_trailing_newline,
    )
