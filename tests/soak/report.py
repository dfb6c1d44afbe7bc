"""Writes docs/soak.md: what was tried, how it is judged, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import machine

_HEAD = """# What the intake stands

Written by `make soak`; a run takes some minutes. Every file that arrives is made from the seed, so a
fault can be made again: `python -m tests.soak --part hostile --seed N`.

**Hostile files.** Filled templates of both forms, as .xlsx, .xls, .ods (both saved by LibreOffice) and
CSV, are spoiled in sixteen families: bytes on their way, single parts of a package, sheets, names and
relations, the lists of a zip, bombs, records and sectors of old Excel, repeats in OpenDocument,
encodings and endless lines in CSV, what is typed, and files under another's name. Each is read in a
process of its own that is watched from outside, with all the processes it starts: a third of them by
the verbs (collect, check, account, marked workbook), the others by the reader alone. Memory is the
larger of what was seen, a hundred times a second, and the sum of the peaks that the system keeps for
the reading process and the limited one, as though they fell together.

**Killed collectors.** Mails are put into a real mailbox (Dovecot) and files into a folder: some twice,
some with two files, some forwarded, some from strangers, some again under the same name. Meanwhile one
process imports from the folder, one from the mailbox, and one checks, each round after round, and each is
killed (SIGKILL) at random instants after it began to work and started again. Then everything runs once
undisturbed, and the store, the kept bytes and the mailbox are compared with what was sent. Litter is
what the killed left half-written under hidden names, which nothing reads.

**Many mails.** Two thousand mails are put into one mailbox by the hundred. Nine of ten bring an update
as offices send them, one of ten is hostile or from no person: senders made of brackets or groups, mails
nested in mails, status reports of thousands of recipients, absence notices, broken and foreign files.
After each hundred the process that reads them is killed while it works. Then the folder, the record
and the figures of every single mail are compared with what its kind must come to.
"""


@dataclass(frozen=True)
class Part:
    """One trial: what is said of it, its tables in Markdown, and what must not have been."""

    title: str
    summary: str
    table: str
    faults: tuple[str, ...]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; all columns but the first are figures."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def write(file: Path, parts: Iterable[Part], seed: int, minutes: float) -> None:
    """The document, whole."""
    lines = [_HEAD, f"Seed {seed}, {minutes:.0f} minutes on {machine.describe_machine()}.\n"]
    for part in parts:
        lines += [f"## {part.title}\n", f"{part.summary}\n", f"{part.table}\n"]
        lines += [f"- {fault.splitlines()[-1]}\n" for fault in part.faults]
    file.write_text("\n".join(lines), "utf-8")
