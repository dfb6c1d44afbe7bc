"""Breaks a copy of the product in one place after the other and runs the ledger's tests against it.

    python -m tests.soak.delivery.mutants

A mutant that lives is a promise that no test proves: then this ends with 1.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import Phase, settings
from tests.soak.delivery import report

ROOT = Path(__file__).resolve().parents[3]
MODEL = "tests/unit/delivery/test_ledger_model.py"
OTHERS = (
    "tests/unit/delivery/test_ledger.py",
    "tests/unit/delivery/test_bounces.py",
    "tests/store/test_dispatches.py",
)
DOCUMENT = ROOT / "docs" / "delivery-soak.md"


@dataclass(frozen=True)
class Mutant:
    """One break: ``was`` stands once in the file below include/cpsa."""

    name: str
    file: str
    was: str
    becomes: str


LEDGER, PLANNING, STORE = (
    "delivery/ledger.py",
    "delivery/mail_plan.py",
    "store/queries/dispatch_queries.py",
)
PROMISE = """            if not dispatch_queries.enter_data(connection, mail, lease):
                raise LeaseLostError

    return port.deliver(
        ledger_rows.restore_message(mail), mail.message_id, mail.changed_at, promise
    )
"""
AFTER_THE_DOT = """            if False:
                raise LeaseLostError

    reply = port.deliver(
        ledger_rows.restore_message(mail), mail.message_id, mail.changed_at, promise
    )
    with write_transaction(engine) as connection:
        dispatch_queries.enter_data(connection, mail, lease)
    return reply
"""
MUTANTS = (
    Mutant("in_data is committed after the dot", LEDGER, PROMISE, AFTER_THE_DOT),
    Mutant(
        "a lost lease does not abort",
        LEDGER,
        "                raise LeaseLostError\n",
        "                pass\n",
    ),
    Mutant(
        "the promise does not ask for the lease",
        STORE,
        "[*_match_claim(row, {MailState.CLAIMED}), in_time]",
        "_match_claim(row, {MailState.CLAIMED})",
    ),
    Mutant(
        "the promise does not renew the lease",
        STORE,
        '{"state": MailState.IN_DATA, "lease_until": now + lease}',
        '{"state": MailState.IN_DATA}',
    ),
    Mutant("the fence is not asked for", STORE, "        dispatch.c.fence == row.fence,\n", ""),
    Mutant(
        "the state left is not asked for",
        STORE,
        "        dispatch.c.state.in_(from_states),\n    )\n\n\ndef _match_due",
        "    )\n\n\ndef _match_due",
    ),
    Mutant(
        "a claim does not raise the fence",
        STORE,
        '"fence": dispatch.c.fence + 1,',
        '"fence": dispatch.c.fence,',
    ),
    Mutant(
        "a claim does not ask for the state",
        STORE,
        "        dispatch.c.state == MailState.PENDING,\n        or_(dispatch.c.next_attempt_at.is_(None)",
        "        dispatch.c.state.in_({MailState.PENDING, MailState.CLAIMED}),\n        or_(dispatch.c.next_attempt_at.is_(None)",
    ),
    Mutant(
        "in_data whose lease ran out is free again",
        LEDGER,
        '"state": MailState.UNCERTAIN, "reason": "lease_ran_out_in_data"',
        '"state": MailState.PENDING, "reason": "lease_ran_out_in_data"',
    ),
    Mutant(
        "no reply is tried again",
        LEDGER,
        'return {"state": MailState.UNCERTAIN}',
        'return {"state": MailState.PENDING}',
    ),
    Mutant(
        "leases are taken back before they end",
        STORE,
        "dispatch.c.state == state, dispatch.c.lease_until <= now",
        "dispatch.c.state == state",
    ),
    Mutant(
        "lost is resolved without quarantine",
        LEDGER,
        "if not arrived and dispatch_queries.clock(connection) < free_at:",
        "if False:",
    ),
    Mutant(
        "resolving does not raise the fence",
        LEDGER,
        "            fence=mail.fence + 1,\n            next_attempt_at=None,",
        "            next_attempt_at=None,",
    ),
    Mutant(
        "what is accepted can be resolved",
        LEDGER,
        "if mail is None or mail.state != MailState.UNCERTAIN:",
        "if mail is None:",
    ),
    Mutant(
        "a revision supersedes nothing",
        PLANNING,
        "    dispatch_queries.change_state(\n        connection, old, {*UNSENT, MailState.CLAIMED}, state=MailState.SUPERSEDED\n    )\n",
        "",
    ),
    Mutant(
        "a revision leaves what is claimed alone",
        PLANNING,
        "{*UNSENT, MailState.CLAIMED}, state=",
        "UNSENT, state=",
    ),
    Mutant(
        "what did not leave waits again although a revision took its place",
        LEDGER,
        "MailState.SUPERSEDED if dispatch_queries.has_newer_revision(connection, mail) else state",
        "state",
    ),
    Mutant(
        "an address is corrected while the mail is under way",
        PLANNING,
        "return dispatch_queries.change_state(connection, old, UNSENT, **corrected)",
        "return dispatch_queries.change_state(connection, old, set(MailState), **corrected)",
    ),
    Mutant(
        "haste frees what is uncertain",
        LEDGER,
        "from_states = UNSENT if also_failed else {MailState.PENDING}",
        "from_states = {*UNSENT, MailState.UNCERTAIN}",
    ),
    Mutant(
        "a changed state is not journalled",
        STORE,
        "    for row in changed:\n        _journal_step(connection, row, at)\n",
        "",
    ),
    Mutant(
        "the reply is not committed",
        LEDGER,
        "        return dispatch_queries.change_state(\n            connection, mail, from_states, **change, **reply_fields\n        )",
        "        dispatch_queries.change_state(\n            connection, mail, from_states, **change, **reply_fields\n        )\n        connection.rollback()\n        return True",
    ),
    Mutant(
        "what never left can have come back",
        LEDGER,
        "{MailState.ACCEPTED, MailState.UNCERTAIN, MailState.IN_DATA},",
        "set(MailState),",
    ),
)


def main() -> int:
    names = sys.argv[1:]
    if said := _output(ROOT / "include", MODEL):
        raise SystemExit(f"The product itself fails:\n{said[-3000:]}")
    rows, lived = [], 0
    for mutant in MUTANTS:
        if names and not any(name in mutant.name for name in names):
            continue
        killer = killed_by(mutant)
        lived += not killer
        rows.append(f"| {mutant.name} | {killer or '**lives**'} |")
        print(rows[-1], flush=True)
    head = [f"{len(rows)} mutants, {len(rows) - lived} killed.", "", "| broken | killed by |"]
    if not names:
        report.write(DOCUMENT, "\n".join([*head, "|---|---|", *rows]), "mutants")
    return 1 if lived else 0


def killed_by(mutant: Mutant) -> str:
    """What the model says, else the first of the other tests to fail; empty where none does."""
    with TemporaryDirectory(prefix="cpsa-mutant-") as folder:
        include = Path(folder, "include")
        shutil.copytree(ROOT / "include", include, ignore=shutil.ignore_patterns("__pycache__"))
        file = include / "cpsa" / mutant.file
        text = file.read_text("utf-8")
        if text.count(mutant.was) != 1:
            raise SystemExit(f"{mutant.name}: {mutant.file} has changed")
        file.write_text(text.replace(mutant.was, mutant.becomes), "utf-8")
        said = _output(include, MODEL)
        if said is not None:
            found = re.findall(r"^E +(?:\w*AssertionError|AssertionError): (.*)", said, re.M)
            found += re.findall(r"^E +([\w.]+(?:Error|Exception)\b.*)", said, re.M)
            told = re.sub(r"<\S+>", "…", found[0] if found else "an error")
            return f"the model: {told.replace('|', '/')[:80]}"
        said = _output(include, *OTHERS)
        if said is None:
            return ""
        failed = re.findall(r"^FAILED \S+?::(\w+)", said, re.M)
        return f"`{failed[0]}`" if failed else "an error"


def _output(include: Path, *tests: str) -> str | None:
    """What pytest says of these tests against the copy; None if they pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider"]
    command += ["-p", __spec__.name, "--tb=short", "-o", f"pythonpath={include} plugins .", *tests]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{include}:plugins:."},
        capture_output=True,
        text=True,
        timeout=1800,
    )
    if ran.returncode not in (0, 1):
        raise SystemExit(ran.stdout[-3000:] + ran.stderr[-3000:])
    return ran.stdout if ran.returncode else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Within those runs: more examples than usual, and no time spent on making a failure small."""
    for item in session.items:
        tested: Any = getattr(item, "cls", None)
        if isinstance(given := getattr(tested, "settings", None), settings):
            tested.settings = settings(given, max_examples=200, phases=[Phase.generate])


if __name__ == "__main__":
    raise SystemExit(main())
