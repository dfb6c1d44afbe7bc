"""Reports of defects of this program, found while it handled a file and continued with the next.

A report says where a defect happened: kinds of errors, files, lines. What must not be in it: the
message of an error, since it may contain what somebody sent.
"""

from __future__ import annotations

import traceback
from hashlib import sha256

from cpsa.services.app_context import AppContext
from cpsa.services.atomic_file import write_atomically

FOLDER = "defects"
_FRAMES = 30


def report_defect(context: AppContext, error: BaseException) -> str:
    """Store the report of a defect in the home folder; return its path there, such as ``defects/1F….txt``.

    The same defect has the same report, however often it occurs.
    """
    content = describe_defect(error).encode()
    name = f"{FOLDER}/{sha256(content).hexdigest()[:12].upper()}.txt"
    file = context.settings.home / name
    if not file.exists():
        write_atomically(file, content)
    return name


def describe_defect(error: BaseException | None) -> str:
    """Return classes and places of an error and its causes, the innermost frames of each; no message."""
    lines: list[str] = []
    while error is not None:
        lines.append(f"{type(error).__module__}.{type(error).__qualname__}")
        lines += [
            f"  {frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        ]
        error = error.__cause__ or error.__context__
    return "\n".join(lines) + "\n"
