"""What Airflow stores, serialises or shows to others keeps its name, whatever code calls it.

The strings are written down in ``tests/house/stored_strings.yaml``, in the families that begin with
``airflow_``. A run may wait for weeks when a new version is deployed: whatever it was stored with
must still be found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from tests.house.stored import require_unchanged, stored_strings

from cpsa.calendar import HalfYear
from cpsa.services.backfill_quarters.backfill_request import BackfillRequest
from cpsa.services.backfill_quarters.execute_backfill import BackfillPreview
from cpsa.services.backfill_quarters.store_changes import StoreChanges
from cpsa.services.dispatch.plan_dispatch import DispatchPlan
from cpsa_airflow import approval_form, backfill_form, metrics, retries
from cpsa_airflow.board.airflow_work_items import OUR_TAG
from cpsa_airflow.board.board_app import app as board
from cpsa_airflow.board.board_roles import COLLECT_DAG
from cpsa_airflow.board.form_guard import COOKIE
from cpsa_airflow.deadlines import PeriodDue
from cpsa_airflow.edition_trigger import SUPERSEDED, EditionTrigger
from cpsa_airflow.follow_tasks import DUE_RUN_PREFIX
from cpsa_airflow.pools import POOLS
from cpsa_airflow.question import UNANSWERED
from cpsa_airflow.web_addresses import BOARD_PATH
from cpsa_board import CpsaBoardPlugin
from cpsa_calendar import CpsaCalendarPlugin
from cpsa_questions import CpsaQuestionsPlugin
from cpsa_warm_start import CpsaWarmStartPlugin
from cpsa_watching import CpsaWatchingPlugin

HALF = HalfYear.parse("2025-26-H2")
CLASS_PATH = re.compile(r"cpsa\w*(\.\w+)+")
# Where a serialised DAG names a class that Airflow builds again from the store. A callback's path may
# become another with a new version; the old one must be found, too (airflow_stored_paths).
CLASS_PLACES = ("__type", "__class_path")


@pytest.fixture(scope="module")
def serialised(dagbag) -> dict[str, Any]:
    """Every DAG as the scheduler stores it."""
    from airflow.serialization.serialized_objects import DagSerialization

    return {dag_id: DagSerialization.to_dict(dag) for dag_id, dag in dagbag.dags.items()}


def strings_of(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """Every string of serialised data, with the key that it is under."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from strings_of(item, key)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings_of(item, place)
    elif isinstance(value, str):
        yield place, value


def serialised_classes(dag: Any) -> list[str]:
    return sorted(
        {
            text
            for place, text in strings_of(dag)
            if place in CLASS_PLACES and CLASS_PATH.fullmatch(text)
        }
    )


def path_of(known: Any) -> str:
    return f"{known.__module__}.{known.__qualname__}"


def found(path: str) -> Any:
    """What a stored path leads to."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def test_dags_are_serialised_with_the_same_classes(serialised) -> None:
    require_unchanged(
        "airflow_classes_by_dag",
        {dag_id: serialised_classes(dag) for dag_id, dag in sorted(serialised.items())},
    )


def test_plugins_give_airflow_the_same_classes() -> None:
    plugin_classes = (
        *CpsaCalendarPlugin.timetables,
        *CpsaCalendarPlugin.partition_mappers,
        *CpsaCalendarPlugin.windows,
        *CpsaWatchingPlugin.deadline_references,
    )
    require_unchanged("airflow_plugin_classes", sorted(map(path_of, plugin_classes)))


@pytest.mark.parametrize("path", stored_strings()["airflow_stored_paths"]["values"])
def test_every_path_that_a_database_may_hold_is_found(path: str) -> None:
    assert callable(found(path))


def test_plugins_keep_their_names() -> None:
    plugins = (
        *(CpsaBoardPlugin, CpsaCalendarPlugin, CpsaQuestionsPlugin),
        *(CpsaWarmStartPlugin, CpsaWatchingPlugin),
    )
    require_unchanged("airflow_plugins", sorted(str(plugin.name) for plugin in plugins))


def test_deadlines_and_triggers_keep_their_arguments() -> None:
    trigger = EditionTrigger(ti_id="1", half="2025-26-H2", edition="e", question_id=1)
    path, arguments = trigger.serialize()
    require_unchanged(
        "airflow_arguments",
        {"deadline": sorted(PeriodDue(6).serialize_reference()), path: sorted(arguments)},
    )


def test_tasks_keep_their_ids(dagbag) -> None:
    require_unchanged(
        "airflow_tasks",
        {dag_id: sorted(dag.task_ids) for dag_id, dag in sorted(dagbag.dags.items())},
    )


def test_dags_keep_their_params_and_tags(dagbag) -> None:
    require_unchanged(
        "airflow_params",
        {dag_id: list(dag.params) for dag_id, dag in sorted(dagbag.dags.items()) if dag.params},
    )
    tags = sorted({tag for dag in dagbag.dags.values() for tag in dag.tags})
    require_unchanged("airflow_tags", tags)
    assert OUR_TAG in tags
    assert COLLECT_DAG in dagbag.dags


def test_assets_keep_their_names(serialised) -> None:
    """By DAG what it waits for and what it emits."""
    require_unchanged(
        "airflow_assets",
        {
            dag_id: assets
            for dag_id, dag in sorted(serialised.items())
            if (assets := assets_of(dag))
        },
    )


def assets_of(dag: Any) -> list[str]:
    return sorted({text for place, text in strings_of(dag) if place == "uri"})


def test_pools_keep_their_names(dagbag) -> None:
    used = {task.pool for dag in dagbag.dags.values() for task in dag.tasks}
    require_unchanged("airflow_pools", sorted(POOLS))
    assert used - {"default_pool"} <= set(POOLS)


def test_the_question_of_a_half_year_keeps_its_form(dagbag) -> None:
    approve = dagbag.dags["dispatch_half_year"].get_task("approve")
    planned = approval_form.make_form(
        DispatchPlan(HALF.key, (), 0, 0), HALF, "en", "/cpsa", "edition", HALF.dispatch_at
    )
    fields = approval_form.make_form_fields({})
    require_unchanged(
        "airflow_dispatch_question",
        {
            "options": list(approve.options),
            "fields": list(fields),
            "when to send": [approval_form.ON_THE_DAY, approval_form.AT_ONCE],
            "leave": list(fields["leave"].schema["enum"]),
            "XCom of plan_mails": list(planned),
            "ended by itself": [SUPERSEDED, UNANSWERED],
            "audit trail": list(approval_form.parse_approval(answer("Approve")) or ()),
        },
    )


def answer(option: str) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": datetime(2026, 5, 15, tzinfo=UTC),
        "responded_by_user": {"id": "1", "name": "A"},
    }


def test_answers_lead_to_the_same_tasks() -> None:
    require_unchanged(
        "airflow_next_tasks",
        {
            "dispatch_half_year": [
                approval_form.choose_next_task(answer(option))
                for option in (approval_form.APPROVE, approval_form.REJECT)
            ],
            "backfill_quarters": [
                backfill_form.choose_next_task(answer(option), ())
                for option in (backfill_form.APPROVE, backfill_form.DECLINE)
            ],
        },
    )


def test_the_question_of_a_backfill_keeps_its_form(dagbag) -> None:
    approve = dagbag.dags["backfill_quarters"].get_task("approve")
    order = BackfillRequest.parse("2025-26-Q1", "2025-26-Q2", (), ["score"], "a reason")
    previewed = backfill_form.make_question(order, BackfillPreview(StoreChanges(), (), ()), "en")
    require_unchanged(
        "airflow_backfill_question",
        {
            "options": list(approve.options),
            "fields": list(backfill_form.make_form_fields()),
            "parts": [*backfill_form.PARTS, backfill_form.DEFINITIONS],
            "XCom of preview": list(previewed),
        },
    )


def test_runs_and_metrics_keep_their_names() -> None:
    require_unchanged(
        "airflow_names",
        {
            "prefix of metrics": metrics.PREFIX,
            "measured after": sorted(".".join(place) for place in metrics.MEASURED_AFTER),
            "tried again": sorted(retries.OUTAGE_KEYS),
            "runs that are due": DUE_RUN_PREFIX,
            "board": BOARD_PATH,
            "cookie of the board": COOKIE,
        },
    )


def test_the_board_keeps_its_addresses() -> None:
    require_unchanged(
        "airflow_board_routes",
        sorted(f"{method} {route.path}" for route in board.routes for method in route.methods),
    )


def test_every_family_of_airflow_is_compared() -> None:
    families = {family for family in stored_strings() if family.startswith("airflow_")}
    compared = {
        *("airflow_classes_by_dag", "airflow_plugin_classes", "airflow_stored_paths"),
        *("airflow_plugins", "airflow_arguments", "airflow_tasks", "airflow_params"),
        *("airflow_tags", "airflow_assets", "airflow_pools", "airflow_dispatch_question"),
        *("airflow_next_tasks", "airflow_backfill_question", "airflow_names"),
        "airflow_board_routes",
    }
    assert families == compared
