"""What ``cpsa doctor`` finds, with real databases and servers; it sends nothing and shows no secret."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from tests import mailserver
from tests.factories import INCLUDE, RegistryFolder
from tests.unit.delivery.rig import Relay, free_port

from cpsa.i18n.text import LANGUAGES
from cpsa.services.app_context import AppContext
from cpsa.services.check_installation.airflow_checks import (
    DAGS,
    AirflowProcess,
    AirflowReport,
    check_airflow,
)
from cpsa.services.check_installation.check_installation import check_installation
from cpsa.services.check_installation.installation_check import CheckLevel, InstallationCheck
from cpsa.services.check_installation.programme_checks import find_last_change
from cpsa.services.check_installation.settings_checks import OUTSIDE_VARIABLES, PREFIX
from cpsa.services.check_installation.store_checks import check_store
from cpsa.services.quarter.load_registry import load_registry
from cpsa.settings import VARIABLES, Settings, from_environment
from cpsa.store import database
from cpsa.store.database import write_transaction
from cpsa.store.queries.quarter_queries import ADDITIONS_FROM, add_setting

NOW = datetime.now(UTC)
SECRET = "not-to-be-shown"
LIVE = AirflowReport(dict.fromkeys(DAGS, False), {}, [AirflowProcess("SchedulerJob", NOW, NOW)])


def environment(home: Path, relay: Relay, **more: str) -> dict[str, str]:
    """The variables of an office that is ready to go live."""
    return {
        "CPSA_HOME": str(home),
        "CPSA_SMTP_URL": f"smtp://127.0.0.1:{relay.port}",
        "CPSA_MAIL_FROM": "office@example.net",
        "CPSA_PORTAL_URL": "https://updates.example.org",
        **more,
    }


def find(
    variables: dict[str, str], airflow: AirflowReport | None = LIVE
) -> list[InstallationCheck]:
    """What is not ok; every line can be said in both languages and has no secret."""
    settings: Settings = from_environment(variables)
    now = datetime.now(UTC)
    if airflow is LIVE:  # a long run may begin well before this test
        airflow = replace(LIVE, processes=[AirflowProcess("SchedulerJob", now, now)])
    checks = [*check_installation(settings, variables, airflow, now)]
    for check in checks:
        for language in LANGUAGES:
            line = check.text(language)
            assert line and "\n" not in line and "{" not in line
            assert SECRET not in line
    assert len({check.name for check in checks}) >= 8
    return [check for check in checks if check.level is not CheckLevel.OK]


def name_cases(found: list[InstallationCheck]) -> set[str]:
    return {f"{check.level}:{check.name}:{check.case}" for check in found}


def test_an_office_that_is_ready_has_no_fault(
    office: AppContext, tmp_path: Path, relay: Relay
) -> None:
    folder = RegistryFolder(agencies={"IA-A": "2025-26-Q1"}).write(tmp_path / "registry")
    load_registry(office, folder, NOW)
    url = office.settings.database_url
    assert find(environment(tmp_path / "home", relay, CPSA_DATABASE_URL=url)) == []
    assert relay.mails == []


def test_from_which_quarter_additions_hold_is_told(office: AppContext) -> None:
    def tell() -> list[tuple[str, dict[str, object]]]:
        checks = check_store(office.settings, NOW)
        return [(one.case, one.params) for one in checks if one.name == "additions"]

    assert tell() == [("always", {})]
    with write_transaction(office.engine) as connection:
        add_setting(connection, f"{ADDITIONS_FROM}1.6.0", "2026-27-Q3", "", NOW)
    assert tell() == [("ok", {"release": "1.6.0", "quarter": "2026-27-Q3"})]


def test_a_store_that_is_not_made_is_not_made_by_looking(tmp_path: Path, relay: Relay) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert "fault:database:not_made" in name_cases(find(environment(home, relay)))
    assert [*home.iterdir()] == []


def test_a_store_of_an_earlier_schema(tmp_path: Path, relay: Relay) -> None:
    variables = environment(tmp_path / "home", relay)
    engine = database.open_engine(from_environment(variables).database_url)
    database.upgrade_schema(engine, "0012")
    engine.dispose()
    (check,) = (check for check in find(variables) if check.name == "database")
    assert (check.case, check.params["found"]) == ("schema", "0012")


def test_servers_that_are_away_are_faults_without_their_passwords(
    tmp_path: Path, relay: Relay
) -> None:
    away = free_port()
    found = find(
        environment(
            tmp_path / "home",
            relay,
            CPSA_DATABASE_URL=f"postgresql://postgres:{SECRET}@127.0.0.1:{away}/test",
            CPSA_SMTP_URL=f"smtp://office:{SECRET}@127.0.0.1:{away}",
            CPSA_IMAP_URL=f"imap://office:{SECRET}@127.0.0.1:{away}/INBOX",
            CPSA_BOUNCES_URL=f"imap://office:{SECRET}@127.0.0.1:{away}/INBOX",
        )
    )
    faults = {check.name for check in found if check.level is CheckLevel.FAULT}
    assert faults == {"database", "mail_server", "mailbox", "bounces"}


@pytest.mark.skipif(mailserver.PROGRAM is None, reason="dovecot is not installed")
def test_a_mailbox_that_answers_and_a_wrong_password(tmp_path: Path, relay: Relay) -> None:
    with mailserver.running() as server:
        right = find(environment(tmp_path / "home", relay, CPSA_IMAP_URL=server.url("imap")))
        assert "mailbox" not in {check.name for check in right}
        wrong = server.url("imap", password=SECRET)
        found = find(environment(tmp_path / "home", relay, CPSA_IMAP_URL=wrong))
        assert "fault:mailbox:fault" in name_cases(found)


def test_settings_that_nothing_reads(tmp_path: Path, relay: Relay) -> None:
    more = {
        f"{PREFIX}SMPT_URL": "x",
        f"{PREFIX}NOTHING_LIKE_IT_AT_ALL": "x",
        "CPSA_PRINTERS": "2",
        "CPSA_SMTP_URL_FILE": "x",
        "CPSA_ROLE": "",
    }
    found = find(environment(tmp_path / "home", relay, **more))
    cases = Counter(check.case for check in found if check.name == "settings")
    assert cases == {"misspelt": 1, "unknown": 1, "renamed": 1}


def test_settings_without_which_nobody_goes_live(tmp_path: Path) -> None:
    found = find({"CPSA_DATABASE_URL": f"sqlite:///{tmp_path}/cpsa.db", "CPSA_LETTERS": "hold"})
    cases = {check.case for check in found if check.name == "settings"}
    assert cases == {
        *("no_home", "no_mail_server", "sample_sender", "no_portal", "letters_on_hold"),
    }


def test_every_variable_of_the_page_of_settings_is_known() -> None:
    page = yaml.safe_load((INCLUDE.parent / "docs" / "settings.words.yaml").read_text("utf-8"))
    named = {
        name
        for section in page["sections"]
        for name in (section.get("settings") or section.get("variables") or {})
    }
    assert len(named) > 30
    assert named == VARIABLES.keys() | OUTSIDE_VARIABLES


def test_a_folder_that_cannot_be_written_to_and_a_key_that_others_may_read(
    tmp_path: Path, relay: Relay
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "seal.key").write_text("x")
    (home / "seal.key").chmod(0o644)
    (home / "received").write_text("a file where a folder is expected")
    found = name_cases(find(environment(home, relay, CPSA_INBOX="/proc/inbox")))
    assert {"warning:key:open", "fault:folder:fault"} <= found


def test_a_fault_in_the_programme(tmp_path: Path, relay: Relay) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme", tmp_path / "programme"))
    (folder / "reference" / "themes.yaml").unlink()
    (check,) = (
        check
        for check in find(environment(tmp_path / "home", relay, CPSA_PROGRAMME=str(folder)))
        if check.name == "programme"
    )
    assert "themes.yaml" in check.text("en")
    assert "फ़ाइल नहीं मिली" in check.text("hi")


def test_a_letter_of_an_earlier_version_is_a_fault_before_it_is_sent(
    tmp_path: Path, relay: Relay
) -> None:
    letters = Path(shutil.copytree(INCLUDE / "templates", tmp_path / "templates")) / "letters"
    text = (letters / "pack.j2").read_text("utf-8")
    (letters / "pack.j2").write_text(text.replace("pack.state and", "pack.replies and"), "utf-8")
    (check,) = (
        check
        for check in find(environment(tmp_path / "home", relay, CPSA_TEMPLATES=letters.parent))
        if check.name == "programme"
    )
    for language in LANGUAGES:
        assert f"{letters}/pack.j2" in check.text(language)
        assert '"replies"' in check.text(language)


# Airflow


def airflow_cases(
    report: AirflowReport | str | None, changed_at: datetime | None = None
) -> set[str]:
    return {check.case for check in check_airflow(report, changed_at, NOW)}


def test_airflow_as_it_should_be() -> None:
    assert airflow_cases(LIVE, NOW - timedelta(days=1)) == {"ok"}
    assert airflow_cases(None) == {"not_here"}
    assert airflow_cases("no such table") == {"fault"}
    assert airflow_cases("") == {"no_report"}


def test_a_change_after_the_processes_were_started_needs_a_restart() -> None:
    assert airflow_cases(LIVE, NOW + timedelta(seconds=1)) == {"restart"}


@pytest.mark.parametrize(
    ("change", "case"),
    [
        ({"paused": {**LIVE.paused, "close_quarter": True}}, "paused"),
        ({"paused": {}}, "missing"),
        ({"faults": {"dags/x.py": "Traceback\nImportError: y"}}, "import_error"),
        ({"processes": ()}, "no_scheduler"),
    ],
)
def test_what_is_wrong_with_airflow_is_named(change: dict[str, object], case: str) -> None:
    assert airflow_cases(replace(LIVE, **change)) == {case}


def test_the_dags_are_those_of_the_folder() -> None:
    assert {file.stem for file in (INCLUDE.parent / "dags").glob("[!_]*.py")} == DAGS


def test_the_last_change_is_of_what_is_read_at_the_start_alone(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme", tmp_path / "programme"))
    for file in folder.rglob("*"):
        os.utime(file, (1000, 1000))
    framework = folder / "framework" / "2017-18-Q1.rules.yaml"
    os.utime(framework, (9000, 9000))
    assert find_last_change(folder) == datetime.fromtimestamp(1000, UTC)
    os.utime(folder / "texts" / "documents.yaml", (2000, 2000))
    assert find_last_change(folder) == datetime.fromtimestamp(2000, UTC)
    assert find_last_change(tmp_path / "nowhere") is None
