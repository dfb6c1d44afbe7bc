"""Marks a stranger's workbook in a process of its own that may use little memory and time.

Marking loads a workbook whole, which a small file can make endless: a merged area of millions of
cells, a formula shared by all of them. There only that process fails. Run as a module, this is
that process: a line of JSON and the workbook in, the marked workbook out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

from cpsa.i18n import catalogue
from cpsa.intake.readers.workbook import limited_process, parser_process
from cpsa.template.marked_copy import marked_workbook
from cpsa.template.marked_copy.fault_mark import FaultMark

_FILE_BYTES = 64 * 1024 * 1024  # openpyxl writes each sheet to a file before it packs it


def mark_in_process(
    content: bytes,
    marks: Sequence[FaultMark],
    language: str,
    instruction_key: str = marked_workbook.INSTRUCTION_KEY,
) -> bytes | None:
    """Run ``mark_workbook_cells``; None for a workbook that cannot be marked within the limits."""
    header = json.dumps(
        [catalogue.get_used_texts(), instruction_key, *(astuple(mark) for mark in marks)]
    ).encode()
    return parser_process.run_limited(__name__, language, header + b"\n" + content) or None


def main(language: str) -> None:
    header, _, content = sys.stdin.buffer.read().partition(b"\n")
    out = limited_process.confine(_FILE_BYTES)
    (folder, names), instruction_key, *marks = json.loads(header)
    if folder is not None:
        catalogue.use_texts(Path(folder), names)
    out.write(
        marked_workbook.mark_workbook_cells(
            content, [FaultMark(*values) for values in marks], language, instruction_key
        )
    )
    out.flush()


if __name__ == "__main__":
    main(sys.argv[1])
