"""An admin moves the quarter from which a release's additions hold; nothing that was sent or closed changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder
from tests.unit.services.test_additions import folder, note_start  # noqa: F401

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.framework.loader import list_addition_releases
from cpsa.services.app_context import AppContext
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.services.quarter.request_update import request_update
from cpsa.services.quarter.set_addition_start import (
    ADDITIONS_SET,
    AdditionEffect,
    AdditionPlan,
    preview_addition_start,
    set_addition_start,
)
from cpsa.services.quarter.undo_closing import undo_closing
from cpsa.services.reports.list_audit_entries import list_audit_entries
from cpsa.store.database import read_transaction
from cpsa.store.queries.quarter_queries import load_addition_starts

Q1, Q2, Q3 = (Quarter.parse(f"2025-26-Q{number}") for number in (1, 2, 3))
AFTER = Q3.opens_at
RELEASE = "1.6.0"


@pytest.fixture
def running(clerk: Clerk, tmp_path: Path) -> AppContext:
    """Two quarters with one agency; the first is closed, the additions hold from the third."""
    office = clerk.office
    RegistryFolder(agencies={"IA-A": Q1.key}).load(office, tmp_path / "registry", Q1.opens_at)
    note_start(office, Q3, RELEASE)
    open_quarter(office, Q1, Q1.opens_at, "asha")
    clerk.send("IA-A", Q1.key, {"OP1": 3})
    clerk.close(Q1.key)
    return office


def move(office: AppContext, start: Quarter) -> AdditionPlan:
    reason = "the workbooks are not sent yet"
    return set_addition_start(office, start, reason, "asha", AFTER, RELEASE)


def starts(office: AppContext) -> dict[str, str]:
    with read_transaction(office.engine) as connection:
        return load_addition_starts(connection)


def audited(office: AppContext) -> list[tuple[str, ...]]:
    rows = list_audit_entries(office, verb=ADDITIONS_SET)
    return [tuple(row) for row in rows[["who", "subject"]].itertuples(index=False)]


def refusal(office: AppContext, start: Quarter, release: str = RELEASE) -> RequestError:
    with pytest.raises(RequestError) as refused:
        preview_addition_start(office, start, release)
    before = starts(office), audited(office)
    with pytest.raises(RequestError) as again:
        set_addition_start(office, start, "a reason", "asha", AFTER, release)
    assert again.value.key == refused.value.key
    assert (starts(office), audited(office)) == before
    return refused.value


def test_a_quarter_that_was_not_requested_gets_the_forms_and_tables(running: AppContext) -> None:
    open_quarter(running, Q2, Q2.opens_at, "asha")
    plan = preview_addition_start(running, Q2, RELEASE)
    (change,) = plan.changes
    assert (change.quarter, change.effect) == (Q2.key, AdditionEffect.GETS)
    new = running.load_framework(Q3)
    former = running.load_framework(Q2)
    assert set(change.forms) == new.forms.keys() - former.forms.keys() != set()
    assert set(change.tables) == new.tables.keys() - former.tables.keys() != set()
    assert starts(running) == {RELEASE: Q3.key}

    assert move(running, Q2) == plan
    assert starts(running) == {RELEASE: Q2.key}
    assert running.load_framework(Q2).version == new.version
    assert audited(running) == [("asha", f"{RELEASE} {Q2.key}")]


def test_again_writes_nothing(running: AppContext) -> None:
    move(running, Q2)
    again = move(running, Q2)
    assert not again.is_new
    assert again.changes == ()
    assert len(audited(running)) == 1


def test_a_closed_quarter_keeps_its_framework(running: AppContext) -> None:
    before = running.load_framework(Q1)
    effects = [(change.quarter, change.effect) for change in move(running, Q1).changes]
    assert effects == [(Q1.key, AdditionEffect.KEPT), (Q2.key, AdditionEffect.GETS)]
    assert running.load_framework(Q1) == before
    assert running.load_framework(Q2).version != before.version


def test_a_quarter_that_was_requested_is_not_changed(running: AppContext) -> None:
    open_quarter(running, Q2, Q2.opens_at, "asha")
    request_update(running, "IA-A", Q2, "by telephone", "asha", Q2.opens_at, Q2.opens_at)
    refused = refusal(running, Q2)
    assert (refused.key, refused.params["quarters"]) == ("additions.in_use", Q2.key)
    assert refusal(running, Q1).params["quarters"] == Q2.key


def test_a_quarter_with_an_update_is_not_changed(running: AppContext, clerk: Clerk) -> None:
    clerk.send("IA-A", Q2.key, {"OP1": 3})
    assert refusal(running, Q2).key == "additions.in_use"


def test_a_quarter_whose_closing_was_undone_is_not_changed(running: AppContext) -> None:
    undo_closing(running, Q1, AFTER, "asha", "a wrong file")
    assert refusal(running, Q1).params["quarters"] == Q1.key


def test_a_later_start_takes_them_from_what_was_not_requested(running: AppContext) -> None:
    move(running, Q2)
    plan = move(running, Q3)
    assert [(change.quarter, change.effect) for change in plan.changes] == [
        (Q2.key, AdditionEffect.LOSES)
    ]
    assert running.load_framework(Q2).version == running.load_framework(Q1).version


def test_an_agency_of_a_form_stays_in_force(running: AppContext, tmp_path: Path) -> None:
    move(running, Q2)
    registry = RegistryFolder(agencies={"CPSA": Q2.key, "IA-A": Q1.key})
    load_registry(running, registry.write(tmp_path / "more"), AFTER)
    refused = refusal(running, Q3)
    assert (refused.key, refused.params["agencies"]) == ("additions.agency_before", "CPSA")


def test_a_new_store_has_them_from_its_first_quarter(clerk: Clerk, tmp_path: Path) -> None:
    RegistryFolder(agencies={"IA-A": Q1.key}).load(clerk.office, tmp_path / "new", Q1.opens_at)
    plan = preview_addition_start(clerk.office, Q1, RELEASE)
    assert (plan.former, plan.changes) == ("", ())
    open_quarter(clerk.office, Q1, Q1.opens_at, "asha")
    (change,) = preview_addition_start(clerk.office, Q2, RELEASE).changes
    assert (change.quarter, change.effect) == (Q1.key, AdditionEffect.LOSES)


@pytest.mark.parametrize("reason", ["", "  "])
def test_without_a_reason_nothing_is_written(running: AppContext, reason: str) -> None:
    with pytest.raises(RequestError) as refused:
        set_addition_start(running, Q2, reason, "asha", AFTER)
    assert refused.value.key == "cycle.no_reason"
    assert starts(running) == {RELEASE: Q3.key}


def test_only_a_release_that_added_something(running: AppContext) -> None:
    refused = refusal(running, Q2, "1.5.0")
    assert (refused.key, refused.params["known"]) == ("additions.no_release", "1.6.0, 1.7.0")


def test_a_quarter_before_the_first_framework(running: AppContext) -> None:
    assert refusal(running, Quarter.parse("2010-11-Q1")).key == "framework.none_holds"


def test_the_newest_release_is_meant_where_none_is_named(
    running: AppContext,
    folder: Path,  # noqa: F811
) -> None:
    (folder / "2017-18-Q1.since-9.10.0.more.yaml").write_text("{}", encoding="utf-8")
    assert list_addition_releases(folder) == ("9.9.0", "9.10.0")
    own = AppContext(replace(running.settings, framework=folder), running.engine)
    assert preview_addition_start(own, Q2).release == "9.10.0"
    for file in folder.glob("*.since-*"):
        file.unlink()
    assert refusal(own, Q2).key == "additions.none"
