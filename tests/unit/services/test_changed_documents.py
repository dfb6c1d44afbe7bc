"""Sent documents that changed since: found when they are built, kept until they are answered."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.delivery.rig import Relay
from tests.unit.services.half_year import HALF, NOW, compiled_half, few_documents, mailing, restate

from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.changed_half_years import list_changed_half_years
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.dispatch.record_no_revision import NO_REVISION, record_no_revision
from cpsa.services.publication import approval_questions
from cpsa.services.publication.approval_questions import (
    find_newest_edition_digest,
    is_newest_edition,
    record_question,
)
from cpsa.services.publication.stale_periods import find_stale_periods
from cpsa.store.database import read_transaction
from cpsa.store.tables.audit_tables import audit

pytestmark = pytest.mark.slow

DAY = timedelta(days=1)


@pytest.fixture
def compiled(
    office: AppContext, relay: Relay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AppContext:
    """Two recipients; a half-year is closed, built and not sent."""
    few_documents(monkeypatch)
    ours = mailing(office, relay)
    compiled_half(ours, tmp_path, NOW)
    return ours


@pytest.fixture
def sent(compiled: AppContext, relay: Relay) -> AppContext:
    assert dispatch_half_year(compiled, HALF, NOW, "test").accepted == 2
    relay.raw.clear()
    return compiled


def changed(office: AppContext) -> list[tuple[str, int]]:
    found = list_changed_half_years(office, NOW + 99 * DAY)
    return [(one.half, len(one.recipients)) for one in found]


def test_recipients_of_changed_documents_wait_for_a_revision_or_a_reason(
    sent: AppContext, relay: Relay, tmp_path: Path
) -> None:
    assert changed(sent) == []
    restate(sent, tmp_path, 11, NOW + DAY)
    build_documents(sent, HALF, NOW + DAY)
    assert changed(sent) == [(HALF.key, 2)]
    assert dispatch_half_year(sent, HALF, NOW + DAY, "test").accepted == 0
    assert changed(sent) == [(HALF.key, 2)]

    record_no_revision(sent, HALF, "one trainee more changes nothing", "asha", NOW + 2 * DAY)
    assert changed(sent) == []
    with read_transaction(sent.engine) as connection:
        row = connection.execute(select(audit).order_by(audit.c.id.desc())).first()
    assert row is not None
    assert (row.who, row.verb, row.subject) == ("asha", NO_REVISION, HALF.key)
    with pytest.raises(RequestError, match=HALF.key):
        record_no_revision(sent, HALF, "again", "asha", NOW + 2 * DAY)
    build_documents(sent, HALF, NOW + 3 * DAY)
    assert changed(sent) == []

    restate(sent, tmp_path, 12, NOW + 4 * DAY)
    build_documents(sent, HALF, NOW + 4 * DAY)
    assert changed(sent) == [(HALF.key, 2)], "they have changed again"
    done = dispatch_half_year(sent, HALF, NOW + 5 * DAY, "test", revise="counted again", who="asha")
    assert done.accepted == 2
    assert changed(sent) == []


def upgraded(office: AppContext, folder: Path) -> AppContext:
    """The same store under a program whose documents have other bytes."""
    shutil.copytree(office.settings.templates, folder)
    page = folder / "typst" / "blocks.typ"
    before = page.read_text("utf-8")
    page.write_text(before.replace("#12425c", "#12425d"), "utf-8")
    assert page.read_text("utf-8") != before
    return AppContext(replace(office.settings, templates=folder), office.engine)


def test_another_version_of_the_program_is_no_change(sent: AppContext, tmp_path: Path) -> None:
    before = find_newest_edition_digest(sent, HALF)
    newer = upgraded(sent, tmp_path / "templates")
    assert HALF not in find_stale_periods(newer, NOW + DAY).halves
    build_documents(newer, HALF, NOW + DAY)
    assert find_newest_edition_digest(newer, HALF) != before
    assert changed(newer) == []


def test_a_reason_for_no_revision_outlives_another_version_of_the_program(
    sent: AppContext, tmp_path: Path
) -> None:
    restate(sent, tmp_path, 11, NOW + DAY)
    build_documents(sent, HALF, NOW + DAY)
    record_no_revision(sent, HALF, "one trainee more", "asha", NOW + DAY)
    newer = upgraded(sent, tmp_path / "templates")
    build_documents(newer, HALF, NOW + 2 * DAY)
    assert changed(newer) == []


def test_a_restatement_before_the_dispatch_is_built_and_asked_again(
    compiled: AppContext, relay: Relay, tmp_path: Path
) -> None:
    edition = find_newest_edition_digest(compiled, HALF)
    approved = plan_dispatch(compiled, HALF, NOW)
    asked = record_question(compiled, HALF, edition, "run 1", NOW)
    assert asked is not None
    restate(compiled, tmp_path, 11, NOW + DAY)
    assert not is_newest_edition(compiled, HALF, edition)
    with pytest.raises(RequestError, match="Data was recorded after the documents"):
        dispatch_half_year(compiled, HALF, NOW + DAY, "test", approved=approved.digest)
    assert "stale" in {one.key for one in plan_dispatch(compiled, HALF, NOW).notices}

    build_documents(compiled, HALF, NOW + DAY)
    plan = plan_dispatch(compiled, HALF, NOW + DAY)
    remarks = [one.text("en") for one in plan.notices]
    assert any("Different from the documents in the request of" in line for line in remarks)
    learning = next(line for line in remarks if line.startswith("Learning document 2025-26-H1"))
    assert "9 → 11" in learning or "18 → 20" in learning
    assert any("अनुरोध के दस्तावेज़ों से भिन्न" in one.text("hi") for one in plan.notices)

    newer = record_question(
        compiled, HALF, find_newest_edition_digest(compiled, HALF), "run 2", NOW + DAY
    )
    assert newer is not None
    assert not approval_questions.is_open(compiled, asked.id)
    with pytest.raises(RequestError, match="no longer those that were approved"):
        dispatch_half_year(compiled, HALF, NOW + DAY, "test", approved=approved.digest)
    assert relay.raw == [], "the old answer sends nothing"
    assert approval_questions.is_open(compiled, newer.id)
    done = dispatch_half_year(compiled, HALF, NOW + DAY, "test", approved=plan.digest)
    assert done.accepted == 2
