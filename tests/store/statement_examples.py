"""An example of the parameters of every named statement, for the tests that run each of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import Connection, Row
from tests.factories import INCLUDE

from cpsa.store.named_sql import bind_list, load_sql
from cpsa.store.queries import board_queries

SQL = INCLUDE / "sql"
QUARTER = "2026-27-Q1"
NOW = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)
INSTANT = "2026-07-01T00:30:00.000000Z"

PARAMETERS: Mapping[str, Mapping[str, object]] = {
    "board/count_documents": {"periods": [QUARTER]},
    "board/count_locked_out_files": {},
    "board/count_obligations": {},
    "board/count_open_findings": {},
    "board/list_channel_scans": {},
    "board/list_decided_actions": {},
    "board/list_delayed_mails": {"planned_before": INSTANT},
    "board/list_forms_by_rule": {"forms": ["IA", "FC"]},
    "board/list_known_quarters": {},
    "board/list_obligations": {
        "quarter": QUARTER,
        "registry_load": 2**62,
        "state_without_update": "expected",
        "usual_due_by": INSTANT,
        "rules_for_cpsa": ["M02"],
    },
    "board/list_open_findings": {"quarter": QUARTER, "newest_closing": 1},
    "board/list_reporting_rates": {"quarters": [QUARTER]},
    "close_quarter/list_closings_in_force": {"newest_closing": 2**62},
    "close_quarter/list_latest_closings": {"until": QUARTER, "newest_closing": 2**62},
    "examine/list_open_exceptions": {},
    "examine/list_submissions": {
        "since": QUARTER,
        "until": QUARTER,
        "newest_submission": 2**62,
        "newest_examination": 2**62,
    },
    "export/find_newest_decision": {
        "until": QUARTER,
        "newest_explanation": 2**62,
        "newest_examination": 2**62,
    },
    "export/list_newest_entries": {"until": QUARTER, "newest_entry_load": 2**62},
    "export/list_newest_rows": dict.fromkeys(
        (
            "newest_closing",
            "newest_examination",
            "newest_explanation",
            "newest_entry_load",
            "newest_decision",
        ),
        0,
    ),
    "import/list_received_versions": {"agencies": ["IA-A"], "quarter": QUARTER},
}


def list_statements() -> list[str]:
    """The names of all statements that there are."""
    return sorted(file.relative_to(SQL).with_suffix("").as_posix() for file in SQL.rglob("*.sql"))


def run_statement(connection: Connection, name: str, parameters: Mapping[str, object]) -> list[Row]:
    """The rows of a statement."""
    lists = [bind_list(key, value) for key, value in parameters.items() if isinstance(value, list)]
    plain = {key: value for key, value in parameters.items() if not isinstance(value, list)}
    return list(connection.execute(load_sql(name).bindparams(*lists), plain))


def fill_temporary_tables(connection: Connection) -> None:
    """What the statements of the board read beside the store, of a quarter without exceptions."""
    scope = board_queries.BoardScope(QUARTER, NOW, {}, False, {}, ["M02"])
    board_queries.cache_submissions(connection, scope)
    board_queries.cache_open_findings(connection, scope)
    board_queries.cache_obligations(connection, scope)
