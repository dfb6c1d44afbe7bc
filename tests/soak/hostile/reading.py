"""The process that reads: a child for every file, forked from one that has all modules loaded.

What belongs here: what is done with a file, and what the child says of it. What must not: the
verdict, which is for the process that watches. Orders and answers are lines of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import traceback
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from tests.soak.hostile import guard
from tests.soak.hostile.originals import NOW, QUARTER

from cpsa.i18n.catalogue import text
from cpsa.i18n.text import LANGUAGES
from cpsa.intake.readers.read_update import read_update
from cpsa.intake.readers.workbook import (
    xlsx_reader,  # noqa: F401 (loaded once, before the forks)
)
from cpsa.intake.readers.workbook.workbook_update import WorkbookUpdate
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.reports.list_obligations import list_obligations
from cpsa.services.workbooks.mark_workbook import mark_workbook
from cpsa.settings import from_environment
from cpsa.submissions.update import Unreadable


@dataclass(frozen=True)
class Order:
    """One file to be read, by the reader alone or by the verbs as well, in a home of its own."""

    file: str
    home: str
    said: str  # where the child's answer goes
    output: str  # where goes all that it prints
    verbs: bool


@dataclass
class Said:
    """What a child answers."""

    outcome: str = ""  # "read", or the cause for which it was refused
    words: list[str] = field(default_factory=list)  # the cause as people read it
    figures: int = 0
    state: str = ""
    findings: int = 0
    broken: str = ""  # what was raised, where something was
    breaches: list[str] = field(default_factory=list)
    own_kb: int = 0
    inner_kb: int = 0
    cpu: float = 0.0


def main() -> None:
    """Fork a child for each order; say its number, and when it has ended how."""
    text("unreadable.empty", "en")  # the catalogue, too, is loaded once
    for line in sys.stdin:
        order = Order(**json.loads(line))
        child = os.fork()
        if not child:
            _as_child(order)
        print(json.dumps({"pid": child}), flush=True)
        _, status, used = os.wait4(child, 0)
        ended = {
            "status": os.waitstatus_to_exitcode(status),
            "kb": used.ru_maxrss,
            "cpu": used.ru_utime + used.ru_stime,
        }
        print(json.dumps(ended), flush=True)


def _as_child(order: Order) -> None:
    """Never returns: the child ends here, whatever happens."""
    status = 70
    try:
        os.setpgid(0, 0)
        out = os.open(order.output, os.O_WRONLY | os.O_CREAT, 0o600)
        for stream in (1, 2):
            os.dup2(out, stream)
        os.chdir(order.home)
        os.environ["TMPDIR"] = tempfile.tempdir = order.home  # the latter was found before the fork
        said = Said()
        breaches = guard.watch(Path(order.home), Path(order.said))
        try:
            _do(order, said)
        except BaseException:
            said.broken = traceback.format_exc()
        said.breaches = list(breaches)
        own, inner = (
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        said.own_kb, said.inner_kb = own.ru_maxrss, inner.ru_maxrss
        said.cpu = own.ru_utime + own.ru_stime + inner.ru_utime + inner.ru_stime
        Path(order.said).write_text(json.dumps(asdict(said)), "utf-8")
        status = 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _do(order: Order, said: Said) -> None:
    file = Path(order.file)
    if order.verbs:
        _by_the_verbs(file, Path(order.home), said)
    else:
        _by_the_reader(file, said)


def _by_the_reader(file: Path, said: Said) -> None:
    found = read_update(file.read_bytes())
    if isinstance(found, Unreadable):
        said.outcome = found.cause
        said.words = [text(found.cause, language, detail=found.detail) for language in LANGUAGES]
        return
    update = found.update if isinstance(found, WorkbookUpdate) else found
    said.outcome, said.figures = "read", sum(bool(cell.text.strip()) for cell in update.cells)


def _by_the_verbs(file: Path, home: Path, said: Said) -> None:
    """Collect, check, and tell everything that is told of it; then its cause for the table."""
    variables = {"CPSA_HOME": str(home), "CPSA_SEAL_KEY": "a key for the soak"}
    office = AppContext.from_settings(from_environment(variables))
    (item,) = collect_updates(office, file, NOW, NOW).items
    checked = check_quarter(office, QUARTER, NOW, [item.agency])
    (judged,) = checked.judgements
    found = list_findings(office, QUARTER, item.agency)
    status = pd.DataFrame(list_obligations(office, QUARTER))
    said.state, said.findings = judged.state, len(found)
    said.words = [*found["message_en"], *found["message_hi"], *found["mend_en"], *found["mend_hi"]]
    said.words = [one for one in said.words if one][:400]
    said.outcome = _cause(found) if judged.state == "unreadable" else "read"
    assert item.agency in set(status["agency"])
    _after_the_verbs(office, item)


def _cause(found: Any) -> str:
    (observed,) = found["observed"]
    return str(observed).partition(":")[0]


def _after_the_verbs(office: AppContext, item: Any) -> None:
    """What an agency gets back: its account, and its own workbook with the faults marked."""
    load_agency_quarter(office, item.agency, QUARTER)
    for language in LANGUAGES:
        mark_workbook(office, item.agency, QUARTER, item.version, language)


if __name__ == "__main__":
    main()
