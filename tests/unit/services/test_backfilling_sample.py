"""Four quarters of the sample redone with one changed file: as shown, as if it had always been so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.factories import SAMPLE

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.document_diff import DifferenceKind
from cpsa.services.backfill_quarters.execute_backfill import execute_backfill, preview_backfill
from cpsa.services.collection.collect_inbox import collect_inbox
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.reports.list_reporting import list_reporting
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment
from cpsa.store.database import read_transaction, upgrade_schema
from cpsa.store.queries import closing_queries, document_queries

pytestmark = pytest.mark.nightly

QUARTERS = [Quarter.parse(one.name) for one in sorted((SAMPLE / "updates").iterdir())]
FIRST, LAST = "2025-26-Q1", "2025-26-Q4"
AGENCY, CHANGED = "IA-INDPH", Quarter.parse("2025-26-Q2")
LATER = QUARTERS[-1].closes_at
OLD = f"{AGENCY},{CHANGED.key},OC4,,"


def lay_down(inbox: Path, quarter: Quarter) -> None:
    shutil.copytree(SAMPLE / "updates" / quarter.key, inbox / quarter.key, dirs_exist_ok=True)


def change(inbox: Path) -> None:
    """One more digit before the increase in wages."""
    file = inbox / CHANGED.key / f"{AGENCY}.csv"
    text = file.read_text("utf-8")
    assert text.count(OLD) == 1
    file.write_text(text.replace(OLD, f"{OLD}1"), "utf-8")


def replayed(home: Path, changed: bool) -> AppContext:
    variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": f"sqlite:///{home / 'cpsa.db'}"}
    office = AppContext.from_settings(from_environment(variables), ready=False)
    upgrade_schema(office.engine)
    load_registry(office, SAMPLE / "registry", QUARTERS[0].opens_at)
    inbox = Path(office.settings.inbox)
    for quarter in QUARTERS:
        lay_down(inbox, quarter)
        if changed and quarter == CHANGED:
            change(inbox)
        collect_inbox(office, quarter.opens_at)
        load_entries(office, SAMPLE / "entries" / f"{quarter.key}.csv", quarter.opens_at)
        close_quarter(office, quarter, quarter.closes_at)
    return office


def shelf(office: AppContext) -> dict[str, str]:
    with read_transaction(office.engine) as connection:
        rows = document_queries.load_current_editions(connection, [CHANGED]).values()
        return {row["path"]: row["sha256"] for row in rows}


def test_four_quarters_with_one_changed_file(tmp_path: Path) -> None:
    office = replayed(tmp_path / "backfilled", changed=False)
    build_documents(office, CHANGED, LATER)
    before = shelf(office)
    change(Path(office.settings.inbox))
    order = BackfillRequest.parse(
        FIRST, LAST, (), ("collect", "documents"), "a corrected file came"
    )

    preview = preview_backfill(office, order, LATER)
    assert [(one.quarter, one.agency, one.indicator) for one in preview.changes.figures] == [
        (CHANGED.key, AGENCY, "OC4")
    ]
    assert preview.changes.restatements == preview.changes.figures
    assert {one.agency for one in preview.changes.scores} == {AGENCY}
    assert min(preview.changes.closed) == CHANGED.key

    done = execute_backfill(office, order, "admin", LATER, preview.digest)
    assert done.changes == preview.changes
    with read_transaction(office.engine) as connection:
        restated = closing_queries.load_restatements(connection, LAST)
    assert restated[["quarter", "agency", "indicator", "reason"]].values.tolist() == [
        [CHANGED.key, AGENCY, "OC4", "a corrected file came"]
    ]

    # The figures are those of a programme in which the file had been so from the start.
    other = replayed(tmp_path / "from the start", changed=True)
    assert list_scores(office).equals(list_scores(other))
    assert list_reporting(office).equals(list_reporting(other))

    # The documents shown are those that get other bytes.
    build_documents(office, CHANGED, LATER)
    after = shelf(office)
    shown = {
        one.path: one.how for one in preview.documents if one.path.startswith(f"{CHANGED.key}/")
    }
    assert {path for path in after if after[path] != before.get(path)} == set(shown)
    assert shown[f"{CHANGED.key}/quarterly_update/{AGENCY}.hi.pdf"] is DifferenceKind.CHANGED
    assert shown[f"{CHANGED.key}/quarterly_update/IA-GWTRA.en.pdf"] is DifferenceKind.DAY
    for one in (office, other):
        one.engine.dispose()
