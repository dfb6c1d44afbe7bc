"""Marks a stranger's workbook in a process of its own that may use little memory and time.

Marking loads a workbook whole, which a small file can make endless: a merged area of millions of
cells, a formula shared by all of them. There it takes only itself down. Run as a module, this is
that process: a line of JSON and the workbook in, the marked workbook out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import astuple

from cpsa.collect.marking import marking
from cpsa.collect.marking.mark import Mark
from cpsa.collect.workbook import apart, limited

_FILE_BYTES = 64 * 1024 * 1024  # openpyxl writes each sheet to a file before it packs it


def marked(
    content: bytes, marks: Sequence[Mark], language: str, how: str = marking.HOW
) -> bytes | None:
    """``marking.marked``; None for a workbook that cannot be marked within the limits."""
    said = json.dumps([how, *(astuple(mark) for mark in marks)]).encode()
    return apart.answered(__name__, language, said + b"\n" + content) or None


def main(language: str) -> None:
    said, _, content = sys.stdin.buffer.read().partition(b"\n")
    out = limited.confine(_FILE_BYTES)
    how, *marks = json.loads(said)
    out.write(marking.marked(content, [Mark(*one) for one in marks], language, how))
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
