"""A small half-year that is closed and built: two agencies, two recipients, the documents they get."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder
from tests.stores import fill_office
from tests.unit.delivery.rig import Relay

from cpsa.calendar import AnyPeriod, HalfYear, Quarter
from cpsa.documents.document_key import STATE, DocumentKey
from cpsa.documents.document_registry import list_document_keys
from cpsa.provenance.snapshot import Snapshot
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.publication.approval_questions import find_newest_edition_digest, record_question
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter

HALF = HalfYear.parse("2025-26-H1")
Q1, Q2 = (quarter.key for quarter in HALF.quarters)
NOW = HALF.dispatch_at
APPROVER = "approver@example.org"
OPS = "ops@example.org"
_SUBJECTS = (STATE, "BANKS", "SDC")


def few_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the documents that the two recipients get, in their language and as they get them."""

    def few(snapshot: Snapshot, period: AnyPeriod) -> tuple[DocumentKey, ...]:
        return tuple(
            key
            for key in list_document_keys(snapshot, period)
            if key.subject in _SUBJECTS and key.language == "en" and key.format != "html"
        )

    for module in ("publication.build_editions", "backfill_quarters.document_diff"):
        monkeypatch.setattr(f"cpsa.services.{module}.list_document_keys", few)


def mailing(office: AppContext, relay: Relay) -> AppContext:
    """The same office, with mail that a relay of this machine takes."""
    settings = replace(
        office.settings,
        smtp_url=f"smtp://127.0.0.1:{relay.port}",
        ops_mail=OPS,
        approver_mail=APPROVER,
        render_workers=1,
    )
    return AppContext(settings, office.engine)


def closed_half(office: AppContext, folder: Path) -> None:
    """Both quarters of the half-year closed."""
    fill_office(office, "both quarters of the half-year closed", lambda: _close(office, folder))


def compiled_half(office: AppContext, folder: Path, at: datetime) -> None:
    """Both quarters closed, and the few documents of the half-year built (see ``few_documents``)."""

    def compile_it() -> None:
        _close(office, folder)
        build_documents(office, HALF, at)

    fill_office(office, ("few documents built", at), compile_it)


def _close(office: AppContext, folder: Path) -> None:
    registry = RegistryFolder(
        agencies={"IA-A": Q1, "FC-C": Q1},
        targets={("IA-A", "OP2", Q1): 20},
        recipients={"BANKS": "banks@example.org", "SDC": "sdc@example.org"},
    ).write(folder / "registry")
    recipients = registry / "recipients.csv"
    recipients.write_text(recipients.read_text("utf-8").replace(",hi,", ",en,"), "utf-8")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    clerk = Clerk(office, folder / "sent")
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter, {"OP1": 9, "OP2": 9})
        clerk.send("FC-C", quarter)
        clerk.close(quarter)


def restate(office: AppContext, folder: Path, trainees: int, at: datetime) -> None:
    """A file of the closed second quarter is admitted, with other figures."""
    Clerk(office, folder / "late").send("IA-A", Q2, {"OP1": 9, "OP2": trainees}, at)
    reopen_quarter(office, "IA-A", Quarter.parse(Q2), "typing error", "an admin", at)


def ask(office: AppContext, at: datetime, run: str = "run 1"):
    """The question about the newest edition, put by a run."""
    return record_question(office, HALF, find_newest_edition_digest(office, HALF), run, at)
