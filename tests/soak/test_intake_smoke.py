"""A handful of each trial in the ordinary tests, so that the long ones stay fit to be run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import mailserver
from tests.mailserver import MailServer
from tests.soak.collecting import trial
from tests.soak.hostile import corpus, originals
from tests.soak.hostile.corpus import Hostile
from tests.soak.hostile.watching import Outcome, Reader

pytestmark = pytest.mark.nightly

FILES = 16  # one of each family


@pytest.fixture(scope="module")
def office_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("soak") / "office"
    originals.open_office(home).engine.dispose()
    return home


@pytest.fixture
def reader(office_home: Path, tmp_path: Path) -> Iterator[Reader]:
    store = tmp_path / "empty.db"
    shutil.copy(office_home / "cpsa.db", store)
    with Reader(tmp_path / "reading", store) as started:
        yield started


@pytest.fixture(scope="module")
def made(office_home: Path, tmp_path_factory: pytest.TempPathFactory) -> originals.Originals:
    office = originals.open_office(office_home)
    files = originals.make(office, tmp_path_factory.mktemp("originals"), with_libreoffice=False)
    office.engine.dispose()
    return files


def faults(outcome: Outcome) -> list[str]:
    """Faults but for the time: that depends on who else uses the machine, and is for the long run."""
    return [one for one in outcome.faults if not one.endswith(" s")]


def test_hostile_files_are_read_or_refused_within_bounds(
    reader: Reader, made: originals.Originals
) -> None:
    outcomes = [
        reader.read(one, verbs=number % 5 == 0)
        for number, one in enumerate(corpus.corpus(made, FILES, 7))
    ]
    assert not [(one.family, one.number, told) for one in outcomes if (told := faults(one))]
    assert len(outcomes) == FILES
    assert len({one.outcome for one in outcomes}) > 5


def test_a_whole_file_is_accepted_and_a_bad_reader_is_found_out(
    reader: Reader, made: originals.Originals
) -> None:
    (whole, *_) = made[".csv"]
    outcome = reader.read(Hostile("whole", 0, ".csv", whole.agency, whole.content), verbs=True)
    assert (outcome.state, faults(outcome)) == ("accepted", [])
    # A file of an agency that does not exist cannot be collected into an obligation.
    stray = reader.read(Hostile("stray", 0, ".csv", "IA-NOBODY", whole.content), verbs=True)
    assert faults(stray)


def test_the_corpus_is_the_same_at_every_run(made: originals.Originals) -> None:
    first, again = (
        [(one.family, one.suffix, one.content) for one in corpus.corpus(made, FILES, 3)]
        for _ in range(2)
    )
    assert first == again
    other = [one.content for one in corpus.corpus(made, FILES, 4)]
    assert sum(one[2] != content for one, content in zip(first, other, strict=True)) > 7


@pytest.fixture(scope="module")
def server() -> Iterator[MailServer]:
    if mailserver.PROGRAM is None and os.environ.get("CI") != "true":
        pytest.skip("needs a mailbox server: apt-get install dovecot-imapd")
    with mailserver.running() as running:
        yield running


def test_nothing_is_lost_or_doubled_while_collectors_die(
    server: MailServer, database_url: str, tmp_path: Path
) -> None:
    tried = trial.run(tmp_path / "trial", database_url, server, 3, 12, 12, 5)
    assert tried.faults == ()
    assert tried.kills.total() == 3
    assert tried.submissions > 12


def test_the_post_holds_what_the_trial_is_about(office_home: Path) -> None:
    office = originals.open_office(office_home)
    agencies = ["IA-INDPH", "FC-IND"]
    post = trial.made(office, agencies, 100, 100, 1)
    office.engine.dispose()
    assert len(post.mails) >= 100
    assert len(post.files) >= 100
    assert len({mail.key for mail in post.mails}) < len(post.mails)  # some twice
    assert len({file.path for file in post.files}) < len(post.files)  # some again, some twice
    assert {mail.folder for mail in post.mails} == {"Done", "Refused"}
    assert post.perhaps
