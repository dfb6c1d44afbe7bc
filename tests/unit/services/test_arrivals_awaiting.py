"""Mails whose sender is not proven: what waits, until it is confirmed or refused, and the letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.factories import day_after_quarter, update
from tests.mailserver import MailServer
from tests.unit.delivery.rig import Relay, serving
from tests.unit.intake.channels.mails import mail
from tests.unit.services.post_office import PostOffice
from tests.unit.services.test_mailbox import csv_part, workbook_part

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import CONFIRMATION_PERIOD
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.confirm_arrival import confirm_arrival
from cpsa.services.collection.list_awaiting_arrivals import list_awaiting_arrivals
from cpsa.services.collection.refuse_arrival import refuse_arrival
from cpsa.services.quarter.agency_quarter import load_agency_quarter
from cpsa.services.quarter.check_updates import check_quarter, check_updates
from cpsa.services.quarter.close_quarter import close_quarter
from cpsa.services.reports.list_arrivals import list_arrivals
from cpsa.services.workbooks.build_template import build_template
from cpsa.settings import MailTrust

pytestmark = pytest.mark.slow

OURS = "mx.cpsa.example.org"
Q = "2025-26-Q2"
QUARTER = Quarter.parse(Q)
NOW = day_after_quarter(Q, days=10)
AT = NOW - timedelta(hours=3)
DAY = timedelta(days=1)
CAME_IN = f"Received: from somewhere.example.net (x [192.0.2.1]) by {OURS} with ESMTP; now\r\n"
PROVEN = f"{CAME_IN}Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n"
FAILED = f"{CAME_IN}Authentication-Results: {OURS}; spf=fail; dkim=none; dmarc=fail\r\n"
# A copy of our header in what the sender wrote.
FORGED = (
    f"{FAILED}Subject: x\r\nAuthentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n"
)


@dataclass
class Box:
    """An office with a mailbox and a server by which its letters leave."""

    post: PostOffice
    server: MailServer
    count: int = field(default=0)

    @property
    def office(self) -> AppContext:
        return self.post.office

    def trusting(self, trust: MailTrust) -> Box:
        settings = replace(self.office.settings, mail_trust=trust)
        post = replace(self.post, office=AppContext(settings, self.office.engine))
        return replace(self, post=post)

    def mail(
        self, head: str, *parts: bytes, sender: str = "ia-a@example.org", at=AT, **said
    ) -> None:
        self.count += 1
        message = {"message_id": f"<{self.count}@office.example.org>"} | said
        self.server.put(head.encode() + mail(*parts, sender=sender, **message), at=at)

    def update(
        self, head: str, value: int, at: datetime = AT, agency: str = "IA-A", **said
    ) -> None:
        indicator = {"IA": "A1", "FC": "FB5"}[agency[:2]]
        part = csv_part(update(agency, Q, {indicator: value}), f"{agency}_{Q}.csv")
        self.mail(head, part, at=at, sender=f"{agency.lower()}@example.org", **said)

    def look(self, now: datetime = NOW) -> list[str]:
        outcomes = [item.outcome for item in collect_mailbox(self.office, now).items]
        check_updates(self.office, now)
        return outcomes

    def accepted(self, value: int = 1) -> None:
        self.update(PROVEN, value)
        assert self.look() == ["new"]
        assert self.versions() == [(1, "accepted")]

    def versions(self, agency: str = "IA-A") -> list[tuple[int, str]]:
        found = load_agency_quarter(self.office, agency, QUARTER).submissions
        return [(one.version, one.state) for one in found]

    def waiting(self) -> list[int]:
        return list(list_awaiting_arrivals(self.office)["number"])

    def figure(self) -> int:
        query = (
            "SELECT hundredths FROM fact WHERE indicator = 'A1' AND dimension = '' AND agency = 'IA-A' "
            "ORDER BY submission_id DESC LIMIT 1"
        )
        with self.office.engine.connect() as connection:
            return connection.execute(text(query)).scalar_one() // 100


@pytest.fixture
def box(office: AppContext, mail_server: MailServer, tmp_path: Path) -> Iterator[Box]:
    settings = replace(office.settings, imap_url=mail_server.url(), mail_authserv=OURS)
    with serving(Relay()) as relay:
        post = PostOffice.opened(AppContext(settings, office.engine), relay, tmp_path)
        post.register({"IA-A": Q, "FC-B": Q}, QUARTER.opens_at, hindi=("FC-B",))
        post.open(Q)
        yield Box(post, mail_server)


FIRST, REPLACING = "first update", "replaces an accepted update"
EXPECTED = {
    (MailTrust.VERIFIED, FIRST): "awaiting",
    (MailTrust.VERIFIED, REPLACING): "awaiting",
    (MailTrust.CONFIRM, FIRST): "new",
    (MailTrust.CONFIRM, REPLACING): "awaiting",
    (MailTrust.OPEN, FIRST): "new",
    (MailTrust.OPEN, REPLACING): "new",
}


@pytest.mark.parametrize("trust", MailTrust)
def test_what_waits_by_the_setting(box: Box, trust: MailTrust) -> None:
    own = box.trusting(trust)
    own.update(FAILED, 1)
    assert own.look() == [EXPECTED[trust, FIRST]]
    own.update(PROVEN, 2, agency="FC-B")
    assert own.look() == ["new"], "what is proven never waits"
    own.update(FORGED, 3, agency="FC-B")
    assert own.look() == [EXPECTED[trust, REPLACING]]
    own.update(PROVEN, 4, agency="FC-B")
    assert own.look()[-1] == "new"


def test_without_a_server_of_ours_what_replaces_waits_and_the_rest_goes_on(box: Box) -> None:
    settings = replace(box.office.settings, mail_authserv="")
    own = replace(box, post=replace(box.post, office=AppContext(settings, box.office.engine)))
    own.update(PROVEN, 1)
    assert own.look() == ["new"]
    own.update(PROVEN, 2)
    assert own.look() == ["awaiting"]
    assert list(list_awaiting_arrivals(own.office)["proof"]) == ["no_server"]


def test_a_forged_mail_changes_nothing_and_counts_nowhere(box: Box) -> None:
    box.accepted()
    box.update(FORGED, 2)
    assert box.look() == ["awaiting"]
    assert (box.versions(), box.figure()) == ([(1, "accepted")], 1)
    (row,) = list_awaiting_arrivals(box.office).to_dict("records")
    assert (row["kind"], row["party"], row["period"]) == ("update", "IA-A", Q)
    assert (row["reason"], row["proof"]) == ("replaces_update", "failed")
    assert (row["received_at"], row["until"]) == (AT, NOW + CONFIRMATION_PERIOD)
    assert box.server.count("Done") == 2
    # Nothing is recorded twice, whatever a person does with the mails.
    with box.server.session() as client:
        client.select("Done")
        client.uid("MOVE", "1:*", "INBOX")
    assert box.look() == ["repeat", "awaiting"]
    assert box.waiting() == [row["number"]]
    box.update(FORGED, 2)
    assert box.look() == ["awaiting"], "the same bytes in another mail"
    assert box.waiting() == [row["number"]]


def test_a_repeat_of_what_counts_replaces_nothing(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 1)
    assert box.look() == ["repeat"]


def test_what_nothing_holds_back_any_more_goes_on(box: Box) -> None:
    """Two mails in one round: the first is returned, so that the second replaces nothing."""
    part = csv_part(update("IA-A", Q, {"A1": "many"}), f"IA-A_{Q}.csv")
    box.mail(FAILED, part)
    box.update(FAILED, 2, at=AT + timedelta(minutes=5))
    assert box.look() == ["new", "awaiting"]
    assert box.versions() == [(1, "returned")]
    assert box.look(NOW + timedelta(minutes=15)) == ["new"]
    assert box.versions() == [(1, "returned"), (2, "accepted")]
    assert box.waiting() == []


def test_confirmed_it_is_the_next_version_with_its_own_arrival(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look()
    (number,) = box.waiting()
    later = NOW + 3 * DAY
    with pytest.raises(RequestError, match="reason"):
        confirm_arrival(box.office, number, later, "omar", " ")
    item = confirm_arrival(box.office, number, later, "omar", "telephone")
    assert (item.outcome, item.version) == ("new", 2)
    check_quarter(box.office, QUARTER, later)
    assert (box.versions(), box.figure()) == ([(1, "accepted"), (2, "accepted")], 2)
    assert load_agency_quarter(box.office, "IA-A", QUARTER).submissions[-1].received_at == AT
    with pytest.raises(RequestError, match="was confirmed"):
        refuse_arrival(box.office, number, later, "omar", "no")
    with box.office.engine.connect() as connection:
        rows = connection.execute(text("SELECT who, verb, subject, reason FROM audit")).all()
    assert ("omar", "confirm arrival", f"{number} IA-A {Q}", "telephone") in [
        tuple(r) for r in rows
    ]


def test_a_process_that_dies_after_the_decision_imports_it_later(box: Box, monkeypatch) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look()
    (number,) = box.waiting()

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("cpsa.services.collection.confirm_arrival.import_update", die)
        with pytest.raises(KeyboardInterrupt):
            confirm_arrival(box.office, number, NOW, "omar", "telephone")
    assert (box.versions(), box.waiting()) == ([(1, "accepted")], [])
    assert box.look() == ["new"]
    assert len(box.versions()) == 2
    assert box.look() == []


def test_a_newer_update_is_replaced_only_where_that_is_meant(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look()
    (number,) = box.waiting()
    box.update(PROVEN, 3, at=AT + timedelta(hours=1))
    box.look()
    with pytest.raises(RequestError, match="newer file"):
        confirm_arrival(box.office, number, NOW, "omar", "telephone")
    assert box.figure() == 3
    item = confirm_arrival(box.office, number, NOW, "omar", "telephone", replaces_newer=True)
    check_quarter(box.office, QUARTER, NOW)
    assert (item.version, box.figure()) == (3, 2)


def test_after_closing_it_is_a_restatement_without_an_exception(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look()
    (number,) = box.waiting()
    closed = close_quarter(box.office, QUARTER, QUARTER.closes_at)
    assert (closed.accepted, closed.version) == (1, 1)
    later = QUARTER.closes_at + timedelta(hours=1)
    confirm_arrival(box.office, number, later, "omar", "telephone")
    check_quarter(box.office, QUARTER, later)
    assert [state for _, state in box.versions()][-1] == "accepted"
    with box.office.engine.connect() as connection:
        versions = connection.execute(text("SELECT max(version) FROM closing")).scalar()
        restated = connection.execute(text("SELECT count(*) FROM restatement")).scalar()
    assert (versions, bool(restated)) == (2, True)


def test_after_closing_one_that_came_late_waits_for_an_exception(box: Box) -> None:
    box.accepted()
    close_quarter(box.office, QUARTER, QUARTER.closes_at)
    late = QUARTER.closes_at + timedelta(hours=1)
    box.update(FAILED, 2, at=late)
    assert box.look(late + DAY) == ["awaiting"]
    confirm_arrival(box.office, box.waiting()[0], late + DAY, "omar", "telephone")
    check_quarter(box.office, QUARTER, late + DAY)
    assert box.versions()[-1] == (2, "held")


def test_it_closes_nothing(box: Box) -> None:
    own = box.trusting(MailTrust.VERIFIED)
    own.update(FAILED, 1)
    own.look()
    closed = close_quarter(own.office, QUARTER, QUARTER.closes_at)
    assert (closed.expected, closed.accepted) == (2, 0)
    assert load_agency_quarter(own.office, "IA-A", QUARTER).state == "missing"


def test_after_thirty_days_it_is_refused_and_the_registered_address_informed(box: Box) -> None:
    box.accepted()
    box.update(FORGED, 2)
    box.look()
    (number,) = box.waiting()
    box.post.write(NOW)
    box.look(NOW + CONFIRMATION_PERIOD - timedelta(minutes=1))
    assert box.waiting() == [number]
    end = NOW + CONFIRMATION_PERIOD
    box.look(end)
    assert box.waiting() == []
    with pytest.raises(RequestError, match="Nobody confirmed"):
        confirm_arrival(box.office, number, end, "omar", "telephone")
    box.post.write(end)
    box.post.write(end + DAY)
    own = [(to, slot) for to, slot in box.post.arrived() if "CONFIRM" in slot]
    assert own == [
        ("ia-a@example.org", f"CONFIRM-{number}"),
        ("ia-a@example.org", f"NOT-CONFIRMED-{number}"),
    ]
    assert "30 days" in box.post.text(f"not-confirmed-{number}")
    listed = list_arrivals(box.office, QUARTER, "refused")
    assert list(listed["reason"]) == ["awaiting.expired"]
    # A person who moves the mail back gets the same answer, and nobody another letter.
    box.update(FORGED, 2, message_id="<2@office.example.org>")
    assert box.look(end + DAY) == ["refused"]
    assert box.versions() == [(1, "accepted")]


def test_the_letter_asks_once_in_the_readers_language_and_carries_the_link(box: Box) -> None:
    for agency in ("IA-A", "FC-B"):
        box.update(PROVEN, 1, agency=agency)
        box.look()
        box.update(FAILED, 2, agency=agency)
        assert box.look() == ["awaiting"]
    first, second = box.waiting()
    for _ in range(3):
        box.post.write(NOW)
    sent = [slot for _, slot in box.post.arrived() if slot.startswith("CONFIRM")]
    assert sent == [f"CONFIRM-{first}", f"CONFIRM-{second}"]
    english, hindi = box.post.text(f"confirm-{first}"), box.post.text(f"confirm-{second}")
    assert "Did you send it?" in english
    assert "क्या यह फ़ाइल आपने भेजी है?" in hindi
    assert re.search(r"https://updates\.example\.org/a/\S+", english)
    assert "Opening the page changes nothing" in english


def test_letters_on_hold_and_settled_arrivals_write_nothing(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look()
    hold = AppContext(replace(box.office.settings, letters=False), box.office.engine)
    send_letters(hold, NOW, "test")
    confirm_arrival(box.office, box.waiting()[0], NOW, "omar", "telephone")
    box.post.write(NOW)
    assert not [slot for _, slot in box.post.arrived() if "CONFIRM" in slot]


def test_many_forged_mails_do_not_make_many_letters(box: Box) -> None:
    box.accepted()
    for value in range(2, 8):
        box.update(FAILED, value)
    assert box.look() == ["awaiting"] * 6
    box.post.write(NOW)
    assert len([slot for _, slot in box.post.arrived() if "CONFIRM" in slot]) == 3
    box.post.write(NOW + DAY + timedelta(minutes=1))
    assert len([slot for _, slot in box.post.arrived() if "CONFIRM" in slot]) == 6


def test_a_mail_of_long_ago_waits_without_a_letter(box: Box) -> None:
    box.accepted()
    box.update(FAILED, 2)
    box.look(NOW + 60 * DAY)
    box.post.write(NOW + 60 * DAY)
    assert len(box.waiting()) == 1
    assert not [slot for _, slot in box.post.arrived() if "CONFIRM" in slot]


ENTRIES = "agency,quarter,kind,theme,department,text,request,urgency,scheme,amount,people\n"


def entries(words: str) -> bytes:
    line = f"IA-A,{Q},success,CREDIT,,{words},,,,,\n"
    return csv_part((ENTRIES + line).encode(), "IA-A.entries.csv")


def test_entries_wait_where_they_would_replace_others(box: Box) -> None:
    box.mail(FAILED, entries("Old words"))
    assert box.look() == ["entries"]
    box.mail(FAILED, entries("Old words"))
    assert box.look() == ["repeat"]
    box.mail(FAILED, entries("New words"))
    assert box.look() == ["awaiting"]
    assert list(list_awaiting_arrivals(box.office)["reason"]) == ["replaces_entries"]
    item = confirm_arrival(box.office, box.waiting()[0], NOW, "omar", "telephone")
    assert item.outcome == "entries"
    box.mail(PROVEN, entries("Newest words"))
    assert box.look() == ["entries"]


def test_workbooks_wait_as_well(box: Box) -> None:
    box.accepted()
    content = build_template(box.office, "IA-A", QUARTER)
    box.mail(FORGED, workbook_part(content, f"IA-A_{Q}.xlsx"))
    assert box.look() == ["awaiting"]
