"""The year's final learning document is built and leaves with its second half-year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter, put, update
from tests.unit.delivery.rig import Relay
from tests.unit.services.leaving import mailing
from tests.unit.services.test_revisions import files_of, words_of

from cpsa.calendar import FiscalYear
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.dispatch.dispatch_half_year import dispatch_half_year
from cpsa.services.dispatch.plan_dispatch import plan_dispatch
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.reopen_quarter import reopen_quarter
from cpsa.store.database import write_transaction
from cpsa.store.queries import quarter_queries

pytestmark = pytest.mark.slow

YEAR = FiscalYear.parse("2025-26")
FIRST, SECOND = YEAR.halves
FILE = "Learning document 2025-26.pdf"


@pytest.fixture
def office(tmp_path: Path, relay: Relay, sqlite_template: Path) -> Iterator[AppContext]:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "cpsa.db").write_bytes(sqlite_template.read_bytes())
    opened = mailing(tmp_path / "home", relay.port)
    yield opened
    opened.engine.dispose()


def told(office: AppContext, folder: Path, since: int) -> None:
    """One agency, one recipient who reads English, from a quarter of the year to its end."""
    quarters = YEAR.quarters[since:]
    registry = RegistryFolder(
        agencies={"IA-A": quarters[0].key},
        targets={("IA-A", "OC6", one.key): 500_000 for one in quarters},
        recipients={"BANKS": "banks@example.org"},
    ).write(folder / "registry")
    recipients = registry / "recipients.csv"
    recipients.write_text(recipients.read_text("utf-8").replace(",hi,", ",en,"), "utf-8")
    load_registry(office, registry, day_after_quarter(quarters[0].key))
    clerk = Clerk(office, folder / "sent")
    for quarter in quarters:
        clerk.send("IA-A", quarter.key, {"OC6": 100_000, "OC6E": 1})
        clerk.close(quarter.key)


def attached(office: AppContext, half) -> list[str]:
    (mail,) = plan_dispatch(office, half, half.dispatch_at).messages
    return [file.name for file in mail.attachments]


def test_it_is_built_leaves_and_is_revised_with_the_second_half(
    office: AppContext, relay: Relay, tmp_path: Path
) -> None:
    told(office, tmp_path, since=0)
    build_documents(office, FIRST, FIRST.dispatch_at)
    assert not (office.settings.documents / YEAR.key).exists()
    assert FILE not in attached(office, FIRST)
    built = build_documents(office, SECOND, SECOND.dispatch_at)
    shown = {file.name for file in (office.settings.documents / YEAR.key / "learning").iterdir()}
    assert {
        f"STATE.{language}.{kind}" for language in ("en", "hi") for kind in ("pdf", "html")
    } <= shown
    assert built.new == built.documents
    assert build_documents(office, SECOND, SECOND.dispatch_at).new == 0
    assert {FILE, "Learning document 2025-26-H2.pdf"} <= set(attached(office, SECOND))

    approved = plan_dispatch(office, SECOND, SECOND.dispatch_at).digest
    sent = dispatch_half_year(office, SECOND, SECOND.dispatch_at, "test", approved=approved)
    assert sent.accepted == 1
    (mail,) = relay.mails
    document = office.settings.documents / YEAR.key / "learning" / "STATE.en.pdf"
    assert files_of(mail)[FILE] == document.read_bytes()
    relay.raw.clear()

    after = SECOND.dispatch_at + timedelta(days=2)
    first = YEAR.first_quarter.key
    values = {"OC6": 170_000, "OC6E": 1}
    collect_updates(
        office, put(tmp_path / "late", "IA-A", first, update("IA-A", first, values)), after
    )
    reopen_quarter(office, "IA-A", YEAR.first_quarter, "one loan more", "an admin", after)
    build_documents(office, SECOND, after)
    assert dispatch_half_year(office, SECOND, after, "test", revise="one loan more").accepted == 1
    (mail,) = relay.mails
    assert files_of(mail)[FILE] == document.read_bytes()
    note = words_of(files_of(mail)["Restatement note 2025-26-H2 R1.pdf"])
    assert "CPSA/2025-26/LD/STATE" in note
    assert "1,70,000" in note.replace(" ", "")


def shown(office: AppContext, period: str, name: str) -> str:
    """A document as its readers see it on a screen."""
    return (office.settings.documents / period / name).read_text("utf-8")


def test_a_year_that_began_before_the_programme_says_which_quarters_it_lacks(
    office: AppContext, tmp_path: Path
) -> None:
    told(office, tmp_path, since=2)
    build_documents(office, SECOND, SECOND.dispatch_at)
    assert FILE in attached(office, SECOND)
    lacking = "Apr–Jun 2025 (2025-26-Q1), Jul–Sep 2025 (2025-26-Q2)"
    assert f"{lacking}: before the programme began" in shown(
        office, YEAR.key, "learning/STATE.en.html"
    )
    assert "कार्यक्रम आरंभ होने से पहले" in shown(office, YEAR.key, "learning/STATE.hi.html")
    assert "before the programme" not in shown(office, SECOND.key, "learning/STATE.en.html")


def test_a_half_year_of_one_quarter_says_on_its_first_page_which_it_lacks(
    office: AppContext, tmp_path: Path
) -> None:
    told(office, tmp_path, since=1)
    build_documents(office, FIRST, FIRST.dispatch_at)
    for name in ("learning/STATE", "policy_actions/ALL", "policy_actions/BANKS", "rollout/STATE"):
        for language, words in (
            ("en", "Apr–Jun 2025 (2025-26-Q1): before the programme began"),
            ("hi", "(2025-26-Q1): कार्यक्रम आरंभ होने से पहले की अवधि"),
        ):
            page = shown(office, FIRST.key, f"{name}.{language}.html")
            assert words in page, (name, language)
            assert page.index(words) < page.index("<h2"), "on its first page"


def test_a_half_year_waits_for_each_quarter_since_the_first(
    office: AppContext, tmp_path: Path
) -> None:
    told(office, tmp_path, since=1)
    first = YEAR.quarters[0]
    with write_transaction(office.engine) as connection:
        quarter_queries.add_setting(
            connection, quarter_queries.FIRST_QUARTER, first.key, "admin", FIRST.dispatch_at
        )
    with pytest.raises(RequestError, match=first.key):
        build_documents(office, FIRST, FIRST.dispatch_at)
