"""What holds for every DAG of the house; a failure names the DAG and the correction."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

DAG_IDS = {
    "open_quarter",
    "collect_updates",
    "check_updates",
    "close_quarter",
    "remind_agencies",
    "publish_quarter",
    "compile_half_year",
    "dispatch_half_year",
    "collect_bounces",
    "follow_store",
    "backfill_quarters",
    "verify_store",
}
# Waits for a person: asked again by itself, it would wait twice as long before ops hear of it.
NOT_TRIED_AGAIN = {("dispatch_half_year", "approve"), ("backfill_quarters", "approve")}
SERVICES_THAT_SEND = {
    "cpsa.services.agency_letters.remind_agencies.remind_agencies",
    "cpsa.services.agency_letters.send_letters.send_letters",
    "cpsa.services.dispatch.dispatch_half_year.dispatch_half_year",
    "cpsa.services.dispatch.send_approved_packs.send_approved_packs",
    "cpsa.services.dispatch.write_approver_letters.write_approver_letters",
}
VERBS_OF_TASKS = {
    *(
        "Announce",
        "Ask",
        "Build",
        "Check",
        "Close",
        "Confirm",
        "Execute",
        "Find",
        "Follow",
        "Import",
    ),
    *("List", "Notify", "Plan", "Preview", "Record", "Remind", "Request", "Send", "Start", "Stop"),
    *("Wait", "Write"),
}
VERB_PHRASE = re.compile(r"[A-Z][a-z]+( [a-z-]+)+")
KNOWN_TAGS = {"cpsa", "quarter", "updates", "documents", "sends-mail"}


def test_these_and_no_other_dags_load(dagbag):
    assert dagbag.import_errors == {}
    assert set(dagbag.dags) == DAG_IDS


@pytest.mark.parametrize("dag_id", sorted(DAG_IDS))
class TestEveryDag:
    def test_stands_in_a_file_of_its_name(self, dagbag, dag_id):
        file = Path(dagbag.dags[dag_id].fileloc).stem
        assert file == dag_id, f"{dag_id}: move it to dags/{dag_id}.py"

    def test_tells_what_it_does_and_what_to_do_when_it_fails(self, dagbag, dag_id):
        words = dagbag.dags[dag_id].doc_md or ""
        for part in ("# ", "**Starts**", "**Leaves**", "**When it fails**"):
            assert part in words, f"{dag_id}: say {part!r} in its module's docstring"

    def test_is_owned_and_tagged(self, dagbag, dag_id):
        dag = dagbag.dags[dag_id]
        assert dag.owner == "cpsa-ops", f"{dag_id}: set default_args=task_defaults.TASK_DEFAULTS"
        assert "cpsa" in dag.tags, f"{dag_id}: add the tag 'cpsa'"
        unknown = set(dag.tags) - KNOWN_TAGS
        assert not unknown, f"{dag_id}: use known tags, or add {unknown} to KNOWN_TAGS here"

    def test_tries_again_when_a_database_is_away(self, dagbag, dag_id):
        for task in dagbag.dags[dag_id].tasks:
            if (dag_id, task.task_id) in NOT_TRIED_AGAIN:
                assert task.retries == 0
                continue
            assert task.retries == 4, (
                f"{dag_id}.{task.task_id}: set default_args=task_defaults.TASK_DEFAULTS"
            )

    def test_names_each_task_as_ops_would_say_it(self, dagbag, dag_id):
        tasks = dagbag.dags[dag_id].tasks
        for task in tasks:
            name = task.task_display_name
            assert VERB_PHRASE.fullmatch(name), (
                f"{dag_id}.{task.task_id}: set task_display_name to a verb and its object"
            )
            assert name.split()[0] in VERBS_OF_TASKS, (
                f"{dag_id}.{task.task_id}: begin with a verb, or add it to VERBS_OF_TASKS here"
            )
        assert len({task.task_display_name for task in tasks}) == len(tasks)

    def test_makes_up_for_no_missed_runs(self, dagbag, dag_id):
        assert dagbag.dags[dag_id].catchup is False, f"{dag_id}: leave catchup off"

    def test_imports_no_other_dag(self, repository, dag_id):
        taken = _imported_packages(repository / "dags" / f"{dag_id}.py") & {"dags", *DAG_IDS}
        assert not taken, f"{dag_id}: share through plugins/cpsa_airflow, not by importing {taken}"


@pytest.mark.parametrize("dag_id", ["check_updates", "close_quarter"])
def test_what_depends_on_earlier_quarters_runs_one_at_a_time(dagbag, dag_id):
    assert dagbag.dags[dag_id].max_active_runs == 1, f"{dag_id}: set max_active_runs=1"


def test_nothing_is_sent_without_a_person(dagbag):
    dag = dagbag.dags["dispatch_half_year"]
    before = dag.get_task("send").get_flat_relative_ids(upstream=True)
    assert before == {"plan_mails", "approve", "decide", "wait_for_the_day"}
    approve = dag.get_task("approve")
    assert approve.response_timeout, "approve: without response_timeout a run would wait for ever"
    assert not approve.execution_timeout
    assert approve.defaults is None, "approve: with a default, silence would count as an answer"
    assert dag.get_task("escalate").upstream_task_ids == {"approve"}
    assert dag.get_task("escalate").trigger_rule == "one_failed", "silence would go unnoticed"
    assert dag.get_task("rebuild").upstream_task_ids == {"approve", "decide"}


def test_mail_leaves_within_minutes_of_its_hour(dagbag):
    sensor = dagbag.dags["dispatch_half_year"].get_task("wait_for_the_day")
    assert sensor.mode == "reschedule"
    assert 15 <= sensor.poke_interval <= 300, "sooner, Airflow can lose it; later, mail is late"


def test_a_run_may_wait_in_these_tasks_when_a_new_version_is_deployed(dagbag):
    """Renamed, a waiting run would be skipped: these ids never change."""
    ids = {dag_id: set(dag.task_ids) for dag_id, dag in dagbag.dags.items()}
    dispatch = {"approve", "escalate", "decide", "rebuild", "wait_for_the_day", "send"}
    assert dispatch <= ids["dispatch_half_year"]
    backfill = {"is_meant", "approve", "choose", "redo", "leave", "hand_on"}
    assert backfill <= ids["backfill_quarters"]


@pytest.mark.parametrize("path", sorted(SERVICES_THAT_SEND))
def test_the_services_that_send_mail_have_these_names(path):
    module, _, name = path.rpartition(".")
    assert callable(getattr(import_module(module), name))


def test_a_dag_says_so_exactly_when_it_sends_mail(repository, dagbag):
    senders = {
        dag_id
        for dag_id in DAG_IDS
        if _imported_paths(repository / "dags" / f"{dag_id}.py") & SERVICES_THAT_SEND
    }
    assert {"dispatch_half_year", "open_quarter", "remind_agencies"} <= senders
    tagged = {dag_id for dag_id, dag in dagbag.dags.items() if "sends-mail" in dag.tags}
    assert tagged == senders, "tag exactly the DAGs that send mail with 'sends-mail'"


@pytest.mark.parametrize(
    ("dag_id", "writes", "after"),
    [
        ("open_quarter", "request_updates", "record_obligations"),
        ("check_updates", "answer", "check_batch"),
        ("close_quarter", "notify", "close"),
    ],
)
def test_letters_come_last_so_that_they_can_hinder_nothing(dagbag, dag_id, writes, after):
    task = dagbag.dags[dag_id].get_task(writes)
    assert task.upstream_task_ids == {after}
    assert not task.downstream_task_ids
    assert not task.outlets, "what follows must not wait for a mail server"


def test_a_channel_that_is_away_stops_nothing_and_is_seen(dagbag):
    """The letters go out all the same, and the run is not shown as a success."""
    dag = dagbag.dags["collect_updates"]
    channels = {"import_folder", "import_mailbox"}
    assert dag.get_task("write_to_agencies").trigger_rule == "all_done"
    last = dag.get_task("both_read")
    assert last.trigger_rule == "none_failed"
    assert last.upstream_task_ids == channels
    assert last.task_id in {one.task_id for one in dag.leaves}
    assert not dag.get_task("import_mailbox").upstream_task_ids


def test_only_dags_and_plugins_import_airflow(repository):
    inside = [
        str(file.relative_to(repository))
        for file in sorted((repository / "include").rglob("*.py"))
        if "airflow" in _imported_packages(file)
    ]
    assert inside == [], "move what needs Airflow to plugins/cpsa_airflow"


def test_parsing_reads_nothing(repository, tmp_path):
    """The domain's verbs, its store and the environment are left alone until a task runs."""
    program = """
import sys
from airflow.dag_processing.dagbag import DagBag
import cpsa.settings
def refuse(*_):
    raise AssertionError("settings were read while parsing")
cpsa.settings.from_environment = refuse
bag = DagBag(sys.argv[1])
assert not bag.import_errors, bag.import_errors
early = {"cpsa.services", "cpsa.store", "pandas"} & set(sys.modules)
assert not early, f"{early} imported while parsing: import it inside the task"
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(repository / "dags")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=_environment(repository, tmp_path),
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _imported_packages(file: Path) -> set[str]:
    """The first names of all modules a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add((node.module or "").split(".")[0])
    return names


def _imported_paths(file: Path) -> set[str]:
    """What a file imports by name, as ``package.module.name``."""
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    return {
        f"{node.module}.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _environment(repository: Path, home: Path) -> dict[str, str]:
    paths = [str(repository / "include"), str(repository / "plugins")]
    return {**os.environ, "AIRFLOW_HOME": str(home), "PYTHONPATH": os.pathsep.join(paths)}
