"""The command line: exit statuses, one clear line, and tables that programs read."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.factories import EXPECTED, INCLUDE, RegistryFolder, put, update

from cpsa.cli.command_line import main

Q1 = "2025-26-Q1"


@dataclass(frozen=True)
class Answer:
    status: int
    out: str
    err: str

    @property
    def table(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


@pytest.fixture
def cpsa(monkeypatch, capfd, tmp_path: Path, sqlite_template: Path) -> Callable[..., Answer]:
    """Run the program in this process, on an empty store, as a shell would."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "cpsa.db").write_bytes(sqlite_template.read_bytes())
    for name in [name for name in os.environ if name.startswith("CPSA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CPSA_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: object, **variables: str) -> Answer:
        with monkeypatch.context() as given:
            given.setattr(sys, "argv", ["cpsa", *map(str, arguments)])
            for name, value in variables.items():
                given.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
                raise SystemExit(0)
        out, err = capfd.readouterr()
        return Answer(ended.value.code or 0, out, err)  # type: ignore[arg-type]

    return run


@pytest.fixture
def registry(cpsa, tmp_path: Path) -> Path:
    folder = RegistryFolder(
        agencies={"IA-A": Q1, "FC-B": Q1},
        targets={("IA-A", "OP1", Q1): 10},
        recipients={"DOMSME": "domsme@example.org"},
    ).write(tmp_path / "registry")
    assert cpsa("registry", "load", folder).status == 0
    return folder


def assert_one_clear_line(answer: Answer, *says: str) -> None:
    assert answer.status == 2
    assert answer.out == ""
    (line,) = answer.err.splitlines()
    assert line.startswith("cpsa: ")
    assert "Traceback" not in line
    for word in says:
        assert word in line


def taken_in(cpsa) -> list[dict[str, str]]:
    """What was received for the quarter: agencies whose update is due have no version yet."""
    rows = cpsa("status", Q1, "--format", "csv").table
    return [row for row in rows if row["version"] != "0"]


# Requests that are wrong


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("close", "2025-26-Q5"), "2025-26-Q5"),
        (("close", "२०२५-२६-Q1"), "२०२५-२६-Q1"),
        (("close", "2012-13-Q1"), "2012-13-Q1"),
        (("open", "next"), "next"),
        (("findings", "2025"), "2025"),
        (("scores", "2025-26-H1"), "2025-26-H1"),
        (("reporting", "x"), "x"),
        (("status", "x"), "x"),
        (("collect", "/no/such/folder"), "/no/such/folder"),
        (("check", "/no/such/file.csv"), "/no/such/file.csv"),
        (("entries", "load", "/no/such/file.csv"), "/no/such/file.csv"),
        (("registry", "load", "/no/such/folder"), "/no/such/folder"),
        (("reopen", "IA-A", Q1, "--reason", "late"), Q1),
        (("reopen", "IA-NOBODY", Q1, "--reason", "late"), "IA-NOBODY"),
        (("reopen", "IA-A", Q1, "--reason", "  "), "--reason"),
        (("waive", "IA-A", Q1, "V01", "--reason", "x"), "V01"),
        (("waive", "IA-NOBODY", Q1, "V03", "--reason", "x"), "IA-NOBODY"),
        (("waive", "IA-A", Q1, "V03", "--reason", ""), "--reason"),
        (("build", "2025-26-H3"), "2025-26-H3"),
        (("build", "2025-26-H1"), "2025-26-H1"),
        (("send", "2025-26"), "2025-26"),
        (("send", "2025-26-H1"), "2025-26-H1"),
        (("outbox", "2025"), "2025"),
        (("rebuild", "no/such/document.pdf"), "no/such/document.pdf"),
    ],
)
def test_a_wrong_request_is_one_clear_line_and_status_2(cpsa, registry, arguments, says) -> None:
    assert_one_clear_line(cpsa(*arguments), says)
    assert_one_clear_line(cpsa(*arguments, CPSA_LANGUAGE="hi"), says)


@pytest.mark.parametrize("instant", ["yesterday", "2025-13-01", "12/07/2025", ""])
def test_an_instant_that_is_none(cpsa, registry, tmp_path: Path, instant: str) -> None:
    file = put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))
    assert_one_clear_line(cpsa("collect", file, "--received-at", instant), f'"{instant}"')
    assert taken_in(cpsa) == []


def test_a_single_file_in_no_quarters_folder(cpsa, registry, tmp_path: Path) -> None:
    file = tmp_path / "IA-A.csv"
    file.write_bytes(update("IA-A", Q1))
    for command in ("collect", "check"):
        assert_one_clear_line(cpsa(command, file), "IA-A.csv")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("postgresql://u:secret@127.0.0.1:1/x", "127.0.0.1"),
        ("postgresql://u:secret@127.0.0.1:port/x", "CPSA_DATABASE_URL"),
        ("sqlite:////proc/none/cpsa.db", "CPSA_DATABASE_URL"),
        (f"sqlite:///{Path(__file__)}", "CPSA_DATABASE_URL"),
        ("mysql://u@h/x", "CPSA_DATABASE_URL"),
        ("my database", "CPSA_DATABASE_URL"),
    ],
)
def test_a_database_that_is_none(cpsa, url: str, says: str) -> None:
    for command in (("status",), ("db", "upgrade")):
        answer = cpsa(*command, CPSA_DATABASE_URL=url)
        assert_one_clear_line(answer, says)
        assert "secret" not in answer.err


def test_a_store_without_schema_or_registry_says_what_to_run(cpsa, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path}/new.db"
    assert_one_clear_line(cpsa("status", CPSA_DATABASE_URL=elsewhere), "cpsa db upgrade")
    assert cpsa("db", "upgrade", CPSA_DATABASE_URL=elsewhere).status == 0
    assert cpsa("db", "upgrade", CPSA_DATABASE_URL=elsewhere).status == 0, "and again"
    for command in (("close", Q1), ("collect", tmp_path), ("open", Q1)):
        answer = cpsa(*command, CPSA_DATABASE_URL=elsewhere)
        assert_one_clear_line(answer, "cpsa registry load")


def test_settings_that_make_no_sense(cpsa, registry) -> None:
    assert_one_clear_line(cpsa("status", CPSA_LANGUAGE="fr"), "fr")
    assert_one_clear_line(cpsa("close", Q1, CPSA_FRAMEWORK="/no/rules"), "/no/rules")


@pytest.mark.parametrize(
    "arguments", [("close",), ("reopen", "IA-A", Q1), ("scores", "--format", "xml"), ("nonsense",)]
)
def test_what_is_left_out_or_unknown_is_a_wrong_request(cpsa, arguments) -> None:
    answer = cpsa(*arguments)
    assert answer.status == 2
    assert "Traceback" not in answer.err


def test_nothing_named_shows_the_help(cpsa) -> None:
    answer = cpsa("--help")
    assert answer.status == 0
    for command in ("collect", "check", "close", "reopen", "waive", "findings", "scores", "send"):
        assert command in answer.out


# The way through


def test_the_way_through_with_its_exit_statuses(cpsa, registry, tmp_path: Path) -> None:
    good = put(
        tmp_path / "in", "IA-A", Q1, update("IA-A", Q1, {"OP1": 5, "OP2": 9, "OP2:women": 1})
    )
    assert cpsa("open", Q1).status == 0
    assert cpsa("collect", good, "--received-at", "2025-07-10T09:00").status == 0
    bad = put(tmp_path / "in", "FC-B", Q1, update("FC-B", Q1, {"FA1": "some"}))
    answer = cpsa("collect", tmp_path / "in")
    assert answer.status == 1, "something was returned"
    assert "1 new, 1 received before" in answer.out
    assert cpsa("collect", bad).status == 0, "nothing new was returned"
    assert cpsa("close", Q1).status == 0
    assert "nothing has changed" in cpsa("close", Q1).out
    late = put(
        tmp_path / "in", "IA-A", Q1, update("IA-A", Q1, {"OP1": 8, "OP2": 9, "OP2:women": 1})
    )
    assert cpsa("collect", late).status == 1, "it is held"
    answer = cpsa("reopen", "IA-A", Q1, "--reason", "counted again", CPSA_USER="asha")
    assert answer.status == 0
    assert "version 2: accepted" in answer.out.casefold()
    (row,) = [row for row in cpsa("scores", Q1, "--format", "csv").table if row["agency"] == "IA-A"]
    assert (row["state"], row["output"]) == ("accepted", "0.8000")
    states = {row["agency"]: row["state"] for row in cpsa("status", Q1, "--format", "csv").table}
    assert states == {"IA-A": "accepted", "FC-B": "returned"}


def test_a_late_file_that_is_returned_when_it_is_let_in_ends_with_1(
    cpsa, registry, tmp_path: Path
) -> None:
    assert cpsa("collect", put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))).status == 0
    assert cpsa("close", Q1).status == 0
    late = put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1, {"A1": "12 approx"}))
    assert cpsa("collect", late).status == 1, "it is held"
    answer = cpsa("reopen", "IA-A", Q1, "--reason", "counted again")
    assert answer.status == 1
    assert "version 2: returned" in answer.out.casefold()


def test_a_refused_file_is_told_and_the_rest_is_taken_in(cpsa, registry, tmp_path: Path) -> None:
    put(tmp_path / "in", "IA-A", "elsewhere", b"x")
    put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1))
    answer = cpsa("collect", tmp_path / "in")
    assert answer.status == 1
    assert "elsewhere" in answer.out
    assert "1 new" in answer.out


@pytest.mark.parametrize(
    ("values", "status", "says"),
    [
        ({"OP1": 6, "OP2": 9, "OP2:women": 1}, 0, "accepted"),
        ({"A1": "12 approx"}, 1, "“12 approx”"),
        ({"OP1": "1O"}, 1, "“1o”"),
    ],
)
def test_a_file_is_tried_without_a_trace(cpsa, registry, tmp_path, values, status, says) -> None:
    file = put(tmp_path / "in", "IA-A", Q1, update("IA-A", Q1, values))
    answer = cpsa("check", file)
    assert answer.status == status
    assert says in answer.out.casefold()
    assert taken_in(cpsa) == []
    assert not (tmp_path / "home" / "received").exists()


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b"Dear sir,"])
def test_a_file_that_cannot_be_read_is_tried_too(cpsa, registry, tmp_path, content) -> None:
    file = put(tmp_path / "in", "IA-A", Q1, content)
    answer = cpsa("check", file, "--format", "csv", CPSA_LANGUAGE="hi")
    assert answer.status == 1
    assert [row["rule"] for row in answer.table] == ["S00"]


# Tables


@pytest.mark.parametrize("name", ["findings", "scores", "reporting"])
def test_the_first_columns_are_a_contract(cpsa, registry, name: str) -> None:
    with (EXPECTED / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        expected = next(csv.reader(stream))
    answer = cpsa(name, "--format", "csv")
    assert answer.status == 0
    assert next(csv.reader(io.StringIO(answer.out)))[: len(expected)] == expected


@pytest.fixture
def hostile(cpsa, registry, tmp_path: Path) -> None:
    """An update whose codes would be formulas, markup and pictures."""
    codes = ["=HYPERLINK(1)", "@SUM(A1)", "+1+1", "-cmd|x", "[/red]", "[bold]x", ":smile:", "a,b"]
    rows = [(code, "", "5") for code in codes] + [("A1", "\t=1", "5"), ("A2", "", "-5")]
    content = update("IA-A", Q1, absent=["A2"], rows=rows)
    assert cpsa("collect", put(tmp_path / "in", "IA-A", Q1, content)).status == 1


def test_no_cell_of_a_csv_is_a_formula(cpsa, hostile) -> None:
    table = cpsa("findings", Q1, "--format", "csv").table
    assert len(table) > 8
    codes = {row["indicator"] for row in table}
    assert {"'=HYPERLINK(1)", "'@SUM(A1)", "'+1+1", "'-cmd|x", "[/red]", "a,b"} <= codes
    for row in table:
        for cell in row.values():
            assert not cell.startswith(("=", "@", "+", "\t", "\r"))
    assert "-5" in {row["observed"] for row in table}, "a number stays a number"


def test_what_agencies_typed_is_shown_as_typed(cpsa, hostile) -> None:
    for command in (("findings", Q1), ("findings", "--agency", "IA-A")):
        answer = cpsa(*command)
        assert answer.status == 0
        for typed in ("[/red]", "[bold]x", ":smile:"):
            assert typed in answer.out


def test_json_and_csv_say_the_same(cpsa, hostile) -> None:
    as_json = json.loads(cpsa("findings", Q1, "--format", "json").out)
    as_csv = cpsa("findings", Q1, "--format", "csv").table
    assert [row["message_hi"] for row in as_json] == [row["message_hi"] for row in as_csv]
    assert as_json[0]["waived"] is False


def test_findings_of_one_agency(cpsa, registry, tmp_path: Path) -> None:
    for agency, code in (("IA-A", "A1"), ("FC-B", "FA1")):
        content = update(agency, Q1, {code: "x"})
        cpsa("collect", put(tmp_path / "in", agency, Q1, content))
    table = cpsa("findings", "--agency", "FC-B", "--format", "csv").table
    assert {row["agency"] for row in table} == {"FC-B"}


# As a program of its own


@pytest.mark.parametrize(
    ("words", "revision"),
    [
        (["open", Q1], None),
        (["status"], None),
        (["reopen", "IA-A", Q1, "--reason", "x"], None),
        (["status"], "0"),
    ],
)
def test_a_process_leaves_the_store_in_one_file(
    cpsa, registry, tmp_path: Path, words: list[str], revision: str | None
) -> None:
    """A person who copies ``cpsa.db`` after a command has all of the store, however the command ended."""
    store = tmp_path / "home" / "cpsa.db"
    if revision is not None:
        with closing(sqlite3.connect(store)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    environment = {**os.environ, "PYTHONPATH": str(INCLUDE)}
    command = [sys.executable, "-m", "cpsa", *words]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert ended.returncode in (0, 2), ended.stderr
    assert [file.name for file in store.parent.glob("cpsa.db*")] == ["cpsa.db"]


def test_a_process_of_its_own_ends_with_the_same_statuses(tmp_path: Path) -> None:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("CPSA_")
    } | {"PYTHONPATH": str(INCLUDE), "CPSA_HOME": str(tmp_path)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cpsa", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    upgraded = run("db", "upgrade")
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    wrong = run("close", "soon")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith('cpsa: "soon"')
    assert wrong.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [("viewer", ("status",), ("close", "2025-26-Q1")), ("ops", ("letters",), ("db", "upgrade"))],
)
def test_a_command_of_another_role_is_refused_in_a_line(cpsa, role, may, may_not) -> None:
    assert "CPSA_ROLE" not in cpsa(*may, CPSA_ROLE=role).err
    refused = cpsa(*may_not, CPSA_ROLE=role)
    assert refused.status == 2
    assert refused.err.count("\n") == 1
    assert role in refused.err and may_not[0] in refused.err
    assert "भूमिका" in cpsa(*may_not, CPSA_ROLE=role, CPSA_LANGUAGE="hi").err


def test_a_role_nobody_knows_is_quoted(cpsa) -> None:
    assert "king" in cpsa("status", CPSA_ROLE="king").err


@pytest.mark.slow
def test_the_log_shows_what_was_done_only_where_it_is_asked_for(tmp_path: Path) -> None:
    def collect(**variables: str) -> Answer:
        """``cpsa collect --inbox`` as a process of its own: a log is set up once in each."""
        environment = {"PYTHONPATH": os.pathsep.join(sys.path), "CPSA_HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-m", "cpsa", "collect", "--inbox"],
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    subprocess.run(
        [sys.executable, "-m", "cpsa", "db", "upgrade"],
        env={"PYTHONPATH": os.pathsep.join(sys.path), "CPSA_HOME": str(tmp_path)},
        check=True,
    )
    assert "INFO" not in collect().err
    shown = collect(CPSA_LOG_LEVEL="info")
    assert "INFO cpsa.services.collection.import_new_files: import_channels" in shown.err
    assert "INFO" not in shown.out
    refused = collect(CPSA_LOG_LEVEL="loud", CPSA_LANGUAGE="hi")
    assert refused.status == 2
    assert "loud" in refused.err
    assert "लॉग स्तर" in refused.err
