"""The limited process in which .xls and .ods are parsed: bytes in, a book as JSON out.

What belongs here: the limits such a process puts on itself, and the one line it answers. What must
not: anything that a process without limits imports for its own use. Started by ``parser_process``.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import BinaryIO

MEMORY = 512 * 1024 * 1024
CPU_SECONDS = 6


def main(suffix: str) -> None:
    """Read a workbook from standard input and answer ``{"book": …}`` or ``{"cause": …}``."""
    # Read before the limits apply: the file guard has checked its size.
    content = sys.stdin.buffer.read()
    out = confine()
    answer = _answer(suffix, content)
    out.write(answer.encode("utf-8", "surrogatepass"))
    out.flush()


def confine(file_bytes: int = 0) -> BinaryIO:
    """Put the limits on this process, for good; ``file_bytes``: the largest file it may write.

    What comes back is where the answer is to be written: what parsers print no longer gets there.
    """
    out, sys.stdout = sys.stdout.buffer, sys.stderr
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    return out


def _answer(suffix: str, content: bytes) -> str:
    from cpsa.intake.readers.workbook.workbook_cells import TooMuchError

    try:
        if suffix == ".xls":
            from cpsa.intake.readers.workbook import xls_reader

            return f'{{"book": {xls_reader.read_xls(content).as_json()}}}'
        from cpsa.intake.readers.workbook import ods_reader

        return f'{{"book": {ods_reader.read_ods(content).as_json()}}}'
    except TooMuchError:
        return json.dumps({"cause": "workbook.too_much"})
    except MemoryError:
        return json.dumps({"cause": "workbook.too_heavy"})
    except Exception as error:  # whatever a parser says of a broken file is the file's fault
        encrypted = "encrypted" in str(error)
        return json.dumps({"cause": "door.encrypted" if encrypted else "workbook.damaged"})


if __name__ == "__main__":
    main(sys.argv[1])
