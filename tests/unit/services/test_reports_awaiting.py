"""A department's form whose sender is not proven decides nothing until it is confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.mailserver import MailServer
from tests.unit.delivery.rig import Relay
from tests.unit.services.post_office import database_clock
from tests.unit.services.test_arrivals_awaiting import FORGED, OURS, PROVEN
from tests.unit.services.test_decisions import (  # noqa: F401 (a fixture)
    FIRST,
    NOW,
    asked,
    decided,
    form,
    letter,
)

from cpsa.errors import RequestError
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.services.collection.awaiting_arrivals import (
    ADDRESS,
    load_awaiting_arrival,
)
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.confirm_arrival import confirm_arrival
from cpsa.services.collection.list_awaiting_arrivals import list_awaiting_arrivals
from cpsa.services.collection.refuse_arrival import refuse_arrival
from cpsa.settings import MailTrust
from cpsa.store.database import read_transaction
from cpsa.store.tables.action_tables import action_report

DAY = timedelta(days=1)


@pytest.fixture
def mailed(
    asked: AppContext,  # noqa: F811 (a fixture)
    mail_server: MailServer,
    relay: Relay,
) -> AppContext:
    settings = replace(
        asked.settings,
        imap_url=mail_server.url(),
        mail_authserv=OURS,
        portal_url="https://updates.example.org",
        smtp_url=f"smtp://127.0.0.1:{relay.port}",
    )
    return AppContext(settings, asked.engine)


def outcomes(office: AppContext, now=NOW) -> list[str]:
    return [item.outcome for item in collect_mailbox(office, now).items]


@pytest.mark.parametrize("trust", MailTrust)
def test_by_the_setting(mailed: AppContext, mail_server: MailServer, trust: MailTrust) -> None:
    office = AppContext(replace(mailed.settings, mail_trust=trust), mailed.engine)
    content = form(office, first={"decision": "Done", "remarks": "Feeder replaced"})
    mail_server.put(FORGED.encode() + letter(content, "dic@example.org"), at=NOW)
    is_open = trust is MailTrust.OPEN
    assert outcomes(office) == ["report" if is_open else "awaiting"]
    assert decided(office)[FIRST] == ("done" if is_open else "reply_awaited")
    proven = form(office, second={"decision": "Accepted"})
    mail_server.put(PROVEN.encode() + letter(proven, "DIC@example.org"), at=NOW)
    assert outcomes(office) == ["report"]


def test_confirmed_its_decisions_are_recorded_with_its_own_arrival(
    mailed: AppContext, mail_server: MailServer, relay: Relay
) -> None:
    content = form(mailed, first={"decision": "Done", "remarks": "Feeder replaced"})
    mail_server.put(FORGED.encode() + letter(content, "dic@example.org"), at=NOW)
    assert outcomes(mailed) == ["awaiting"]
    (row,) = list_awaiting_arrivals(mailed).to_dict("records")
    assert (row["kind"], row["party"], row["period"]) == ("report", "DOIC", "2025-26-H1")
    for now in (NOW, NOW + DAY):
        with database_clock(now):
            send_letters(mailed, now, "test")
    (mail,) = [one for one in relay.mails if "/a/" in one.get_body(("plain",)).get_content()]
    assert mail["To"].addresses[0].addr_spec == "dic@example.org"
    assert "ई-मेल से मिली फ़ाइल की कृपया पुष्टि करें" in mail["Subject"]
    item = confirm_arrival(mailed, row["number"], NOW + 2 * DAY, ADDRESS)
    assert item.outcome == "report"
    assert decided(mailed)[FIRST] == "done"
    with read_transaction(mailed.engine) as connection:
        (report,) = connection.execute(select(action_report)).all()
    assert (report.received_at, report.recorded_at) == (NOW, NOW + 2 * DAY)


def test_refused_it_decides_nothing_and_the_department_is_informed(
    mailed: AppContext, mail_server: MailServer, relay: Relay
) -> None:
    content = form(mailed, first={"decision": "Done"})
    mail_server.put(FORGED.encode() + letter(content, "dic@example.org"), at=NOW)
    outcomes(mailed)
    (number,) = list_awaiting_arrivals(mailed)["number"]
    with database_clock(NOW):
        send_letters(mailed, NOW, "test")
    refuse_arrival(mailed, number, NOW + DAY, "omar", "telephone")
    with pytest.raises(RequestError, match="was refused"):
        confirm_arrival(mailed, number, NOW + DAY, ADDRESS)
    with database_clock(NOW + DAY):
        send_letters(mailed, NOW + DAY, "test")
    assert decided(mailed)[FIRST] == "reply_awaited"
    own = [one["Subject"] for one in relay.mails if f"{number}" in one["Subject"].split("-")[-1]]
    assert len(own) == 2
    assert outcomes(mailed, NOW + DAY) == []


def test_where_a_newer_form_was_recorded_it_has_to_be_meant(
    mailed: AppContext, mail_server: MailServer
) -> None:
    forged = form(mailed, first={"decision": "Done", "remarks": "Older"})
    mail_server.put(FORGED.encode() + letter(forged, "dic@example.org"), at=NOW)
    newer = form(mailed, first={"decision": "Accepted", "remarks": "Newer"})
    later = NOW + timedelta(hours=1)
    mail_server.put(PROVEN.encode() + letter(newer, "Dic@example.org"), at=later)
    assert outcomes(mailed, later) == ["awaiting", "report"]
    (number,) = list_awaiting_arrivals(mailed)["number"]
    assert load_awaiting_arrival(mailed, number).newer_at == later
    with pytest.raises(RequestError, match="newer file"):
        confirm_arrival(mailed, number, later, ADDRESS)
    assert decided(mailed)[FIRST] == "accepted"
