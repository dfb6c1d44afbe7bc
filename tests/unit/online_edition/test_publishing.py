"""Publishing from a store: the same bytes on either database, one step, nothing left behind."""

from __future__ import annotations

import csv
import io
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from tests.factories import INCLUDE, Clerk, RegistryFolder
from tests.stores import empty_postgresql

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.publication.publish_quarter import publish_quarter
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.services.reports.list_scores import list_scores
from cpsa.settings import from_environment

pytestmark = pytest.mark.slow

Q1, Q2 = "2025-26-Q1", "2025-26-Q2"
NOW = Quarter.parse(Q2).closes_at


def fill(office: AppContext, folder: Path) -> Clerk:
    """Three agencies, two quarters, one of them missing in the second."""
    registry = RegistryFolder(
        agencies={"IA-A": Q1, "IA-B": Q1, "FC-C": Q1},
        targets={("IA-A", "OP2", Q1): 20, ("IA-A", "OP2", Q2): 20},
    ).write(folder / "registry")
    load_registry(office, registry, Quarter.parse(Q1).opens_at)
    clerk = Clerk(office, folder / "sent")
    for agency in ("IA-A", "IA-B", "FC-C"):
        clerk.send(agency, Q1, {"OP1": 9, "OP2": 7, "OP2:women": 3} if agency == "IA-A" else {})
    clerk.close(Q1)
    clerk.send("IA-A", Q2, {"OP1": 8, "OP2": 5})
    clerk.send("FC-C", Q2)
    clerk.close(Q2)
    return clerk


def held(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_either_database_gives_the_same_bytes(
    tmp_path: Path, sqlite_template: Path, postgresql_store: str
) -> None:
    shutil.copy(sqlite_template, tmp_path / "cpsa.db")
    empty_postgresql(postgresql_store)
    sites = []
    for name, url in (("one", f"sqlite:///{tmp_path / 'cpsa.db'}"), ("two", postgresql_store)):
        home = tmp_path / name
        office = AppContext.from_settings(
            from_environment({"CPSA_HOME": str(home), "CPSA_DATABASE_URL": url})
        )
        fill(office, home)
        publish_quarter(office, NOW)
        sites.append(held(office.settings.public))
        office.engine.dispose()
    assert len(sites[0]) > 100
    assert sites[0] == sites[1]


@pytest.fixture
def one(office: AppContext, tmp_path: Path) -> Clerk:
    return fill(office, tmp_path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestPublishing:
    def test_downloads_equal_the_tables_of_the_command_line(self, one: Clerk) -> None:
        done = publish_quarter(one.office, NOW)
        site = one.office.settings.public
        assert (done.quarter, done.files) == (Q2, len(held(site)))
        scores = list_scores(one.office, Quarter.parse(Q2))
        told = list(
            csv.DictReader(io.StringIO((site / f"data/scores-{Q2}.csv").read_text("utf-8")))
        )
        assert told == scores.to_dict("records")
        figures = csv.DictReader(io.StringIO((site / f"data/figures-{Q1}.csv").read_text("utf-8")))
        own = {
            (row["indicator"], row["dimension"]): Decimal(row["value"])
            for row in figures
            if row["agency"] == "IA-A"
        }
        assert own["OP2", ""] == 7 and own["OP2", "women"] == 3 and own["B1", ""] == 1_000_000

    def test_what_has_not_changed_is_left_alone(self, one: Clerk) -> None:
        publish_quarter(one.office, NOW)
        before = held(one.office.settings.public)
        assert publish_quarter(one.office, NOW).files == 0
        assert held(one.office.settings.public) == before

    def test_a_restatement_is_shown_and_old_editions_go(self, one: Clerk) -> None:
        site = one.office.settings.public
        publish_quarter(one.office, NOW)
        reopen_quarter(
            one.office, "IA-A", Quarter.parse(Q2), "Miscounted", "ops", Quarter.parse(Q2).closes_at
        )
        one.send("IA-A", Q2, {"OP1": 8, "OP2": 6}, Quarter.parse(Q2).closes_at)
        one.close(Q2)
        assert publish_quarter(one.office, NOW).files > 0
        source = (site / f"en/sources/agencies/IA-A/{Q2}.html").read_text("utf-8")
        assert "Version 2 of the update" in source
        assert "Miscounted" in source
        for quarter in (Q1, Q2):
            publish_quarter(one.office, NOW, Quarter.parse(quarter))
        assert (
            len([each for each in site.with_name("public.editions").iterdir() if each.is_dir()])
            == 2
        )

    def test_an_older_quarter_shows_the_site_as_it_stood(self, one: Clerk) -> None:
        site = one.office.settings.public
        publish_quarter(one.office, NOW, Quarter.parse(Q1))
        assert not (site / f"en/quarters/{Q2}.html").exists()
        publish_quarter(one.office, NOW)
        assert (site / f"en/quarters/{Q2}.html").exists()
        assert os.path.islink(site)

    def test_a_killed_publication_leaves_the_site_that_was_there(
        self, one: Clerk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site = one.office.settings.public
        publish_quarter(one.office, NOW, Quarter.parse(Q1))
        before = held(site)

        def files(*_: object) -> object:
            yield "index.html", b"half"
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("cpsa.services.publication.publish_quarter.make_site_files", files)
            with pytest.raises(KeyboardInterrupt):
                publish_quarter(one.office, NOW)
        assert held(site) == before
        publish_quarter(one.office, NOW)
        assert (site / "index.html").read_bytes() != b"half"

    def test_nothing_closed_is_said_and_a_strange_folder_is_not_taken(
        self, office: AppContext, tmp_path: Path
    ) -> None:
        with pytest.raises(RequestError) as error:
            publish_quarter(office, NOW)
        assert error.value.key == "public.nothing_closed"
        fill(office, tmp_path)
        office.settings.public.mkdir()
        with pytest.raises(RequestError) as error:
            publish_quarter(office, NOW)
        assert error.value.key == "public.in_the_way"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_command_says_what_it_did(one: Clerk, database_url: str) -> None:
    environment = {**os.environ, "CPSA_HOME": str(one.office.settings.home)}
    environment |= {"CPSA_DATABASE_URL": database_url, "PYTHONPATH": str(INCLUDE)}

    def publish(*words: str) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-m", "cpsa", "publish", *words]
        return subprocess.run(program, env=environment, capture_output=True, text=True)

    for expected in ("files were written to", "nothing has changed"):
        answer = publish()
        assert (answer.returncode, answer.stderr) == (0, "")
        assert expected in answer.stdout
    for wrong in ("2025-26-Q4", "2025-26-H1"):
        answer = publish(wrong)
        assert answer.returncode == 2
        assert answer.stderr.count("\n") == 1
