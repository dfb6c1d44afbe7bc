"""States of a submission are spelled in one place: ``submissions/state.py``.

A word of a state that is a string anywhere else is another thing, and listed here with what it is. Not
looked at: migrations, SQL files and page templates, which cannot import the enum, conditions in SQL,
and members of other enums, which spell their own.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.house.sources import PACKAGE, ROOT, name_of, python_files, tree

from cpsa.submissions.state import SubmissionState

SPELLED_IN = PACKAGE / "submissions" / "state.py"
MIGRATIONS = PACKAGE / "store" / "migrations"

COUNTS = "a column of the counts of reporting"
AMOUNT = "an amount of the reporting rates, named as its column"
FOLDER = "the folder of received files"
CONTEXT = "a name that a page template knows"
DECISION = "a decision on an action"
MAIL = "a state of a mail, or a reply of a mail server"
TEMPLATE = "the name of a letter's template"
QUESTION = "the outcome of an approver's question"
# By file: the words of states that are another thing there, and what.
OTHER_MEANINGS = {
    "include/cpsa/actions/status.py": {"accepted": DECISION},
    "include/cpsa/cli/outbox_commands.py": {"accepted": MAIL},
    "include/cpsa/cli/report_commands.py": {"received": "money that was received"},
    "include/cpsa/cli/trace_commands.py": {"received": "the head of a column"},
    "include/cpsa/delivery/smtp.py": {"accepted": MAIL},
    "include/cpsa/documents/learning/learning_progress.py": {"accepted": AMOUNT},
    "include/cpsa/documents/policy_actions/action_blocks.py": {"accepted": DECISION},
    "include/cpsa/documents/programme_sections.py": {"accepted": AMOUNT, "received": AMOUNT},
    "include/cpsa/documents/quarterly_update/state_update.py": {
        "accepted": AMOUNT,
        "received": AMOUNT,
    },
    "include/cpsa/documents/sources/source_lists.py": {"accepted": AMOUNT, "received": AMOUNT},
    "include/cpsa/framework/agency_table.py": {"received": "money that was received"},
    "include/cpsa/intake/channels/mail_authentication.py": {"received": "a header of a mail"},
    "include/cpsa/online_edition/agency_source_pages.py": {
        "accepted": CONTEXT,
        "received": CONTEXT,
    },
    "include/cpsa/letters/letter_examples.py": {"accepted": TEMPLATE, "returned": TEMPLATE},
    "include/cpsa/provenance/snapshot.py": {"accepted": COUNTS, "received": COUNTS},
    "include/cpsa/services/backfill_quarters/store_changes.py": {
        "accepted": COUNTS,
        "received": COUNTS,
    },
    "include/cpsa/services/delete_expired_files.py": {
        "received": FOLDER,
        "unreadable": "a rule of retention, as the settings and reports name it",
    },
    "include/cpsa/services/dispatch/approval_notices.py": {
        "accepted": COUNTS,
        "rejected": QUESTION,
    },
    "include/cpsa/services/quarter/closing_run.py": {"accepted": COUNTS, "received": COUNTS},
    "include/cpsa/services/reports/list_reporting.py": {"accepted": COUNTS, "received": COUNTS},
    "include/cpsa/services/transfer_store/expected_files.py": {"received": FOLDER},
    "include/cpsa/services/transfer_store/export_store.py": {"received": FOLDER},
    "include/cpsa/settings.py": {"received": FOLDER},
    "include/cpsa/store/tables/closing_tables.py": {"accepted": COUNTS, "received": COUNTS},
    "include/cpsa/web/board/agency_filter.py": {"received": "the column by which a page is sorted"},
    "include/cpsa/web/board/mail_counts.py": {"accepted": MAIL, "superseded": MAIL},
    "plugins/cpsa_airflow/backfill_form.py": {"rejected": QUESTION},
    "plugins/cpsa_airflow/dispatch_question.py": {"rejected": QUESTION, "superseded": QUESTION},
}


def strings_of_states(file: Path) -> Iterator[str]:
    """The words of states among a file's strings; members of enums and left out."""
    parsed = tree(file)
    members = {
        id(statement.value)
        for node in ast.walk(parsed)
        if isinstance(node, ast.ClassDef)
        and any("Enum" in ast.unparse(base) for base in node.bases)
        for statement in node.body
        if isinstance(statement, ast.Assign)
    }
    for node in ast.walk(parsed):
        if not isinstance(node, ast.Constant) or id(node) in members:
            continue
        if isinstance(node.value, str) and node.value in set(SubmissionState):
            yield node.value


def found_states() -> dict[str, set[str]]:
    files = [
        file
        for folder in (PACKAGE, ROOT / "plugins", ROOT / "dags")
        for file in python_files(folder)
        if file != SPELLED_IN and MIGRATIONS not in file.parents
    ]
    found = {name_of(file): set(strings_of_states(file)) for file in files}
    return {name: words for name, words in found.items() if words}


def test_no_file_spells_a_state_of_a_submission() -> None:
    left = {
        name: words - set(OTHER_MEANINGS.get(name, ())) for name, words in found_states().items()
    }
    spelled = {name: sorted(words) for name, words in left.items() if words}
    assert not spelled, "write SubmissionState, or list what else it means"


def test_every_other_meaning_is_still_there() -> None:
    found = found_states()
    listed = {(name, word) for name, words in OTHER_MEANINGS.items() for word in words}
    gone = {(name, word) for name, word in listed if word not in found.get(name, ())}
    assert not gone, "take these out of OTHER_MEANINGS"


def test_the_properties_of_states_are_the_decided_ones() -> None:
    def having(name: str) -> str:
        return " ".join(state.value for state in SubmissionState if getattr(state, name))

    assert having("is_reported") == "returned accepted"
    assert having("is_outstanding") == "unreadable rejected returned"
    assert having("is_final") == "accepted superseded"
    assert having("is_examined") == "unreadable rejected returned accepted superseded"
