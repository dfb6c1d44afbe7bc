"""``python -m cpsa`` under the standing clock: within this process, or as a process of its own.

    python -m tests.baseline.program portal --port 8090

What belongs here: running commands. What must not: which ones.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import runpy
import sys
import traceback
from typing import NamedTuple

from tests.baseline import clock

NAME = "cpsa"
INTERRUPTED = 130  # the status of a command that was ended by Ctrl-C


class Answer(NamedTuple):
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    def text(self) -> str:
        return f"exit {self.status}\n{self.out}{self.err and '--- stderr' + chr(10) + self.err}"


def run(*arguments: str) -> Answer:
    """Run a command as a person would; a minute passes before it."""
    clock.tick()
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = _run(arguments)
    return Answer(status, out.getvalue(), err.getvalue())


def _run(arguments: tuple[str, ...]) -> int:
    importlib.import_module(f"{NAME}.__main__")
    clock.rule()
    before = sys.argv
    sys.argv = [NAME, *arguments]
    try:
        # Its modules stay as they are: only __main__ itself is run again.
        runpy.run_module(NAME, run_name="__main__", alter_sys=False)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            raise KeyboardInterrupt from None
        if isinstance(end.code, int) or end.code is None:
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except Exception:
        traceback.print_exc()
        return 70
    finally:
        sys.argv = before
    return 0


if __name__ == "__main__":
    raise SystemExit(_run(tuple(sys.argv[1:])))
