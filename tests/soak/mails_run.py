"""Runs the trial of many mails, a tenth of them hostile, and tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests import mailserver
from tests.soak.collecting_run import databases
from tests.soak.mails.mail_trial import run_mail_trial
from tests.soak.report import Part, table

HEAD = ("database", "mails", "hostile", "kills", "of them mid-way", "updates accepted", "faults")


def run(folder: Path, mails: int, every: int, seed: int, say: Callable[[str], None]) -> Part:
    """The trial on PostgreSQL where there is one, else on SQLite."""
    with mailserver.running() as server, databases(folder) as urls:
        name, url = next(iter(urls.items()))
        say(f"many mails: {name}")
        tried = run_mail_trial(folder / name, url, server, mails, every, seed)
    row = (
        *(name, tried.mails, tried.hostile, tried.kills, tried.mid_way, tried.accepted),
        len(tried.faults),
    )
    return Part(
        title="Many mails, a tenth of them hostile",
        summary=(
            "Each mail lies once in the folder of its kind, each refused one has one record with "
            "the reason of its kind, each good update is accepted once with its figures."
            if not tried.faults
            else "**Some mail did not end as it must; see below.**"
        ),
        table=table(HEAD, [row]),
        faults=tuple(f"{name}: {fault}" for fault in tried.faults),
    )
