"""A half-year with requests to two departments, the forms they fill, and the mail they are sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from tests.factories import Clerk, RegistryFolder, csv_text, day_after_quarter
from tests.stores import fill_office
from tests.unit.delivery.rig import Relay, serving
from tests.unit.services.post_office import database_clock
from tests.unit.template.report_form.forms import filled, numbers

from cpsa.calendar import HalfYear, Quarter
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import MailMessage
from cpsa.intake.arrival import Arrival
from cpsa.intake.readers import entries_reader
from cpsa.services.app_context import AppContext
from cpsa.services.collection.load_entries import load_entries
from cpsa.services.decisions.list_actions import list_actions
from cpsa.services.department_letters.answer_departments import answer_departments
from cpsa.services.publication.write_report_form import write_report_form
from cpsa.services.quarter.load_registry import load_registry

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
HALF = HalfYear.parse("2025-26-H1")
NOW = HALF.dispatch_at + timedelta(days=30)
FIRST, SECOND, THIRD = (f"PA-2025-26-Q1-00{place}" for place in (1, 2, 3))
DOIC, BANKS = "dic@example.org", "banks@example.org"
PORTAL = "https://updates.example.org"


@dataclass
class DepartmentRig:
    """The office, the relay by which its mail is sent, and what departments do."""

    office: AppContext
    relay: Relay

    def form(self, department: str = "DOIC", **rows: Mapping[str, object]) -> bytes:
        """The form of a department with the rows of some actions (first, second, third) filled."""
        blank = write_report_form(self.office, department, HALF, "en")
        places = {FIRST: "first", SECOND: "second", THIRD: "third"}
        return filled(blank, [rows.get(places[number], {}) for number in numbers(blank)])

    def came(self, content: bytes, name: str = "DOIC.atr.xlsx", key: str = "1") -> Arrival:
        return Arrival("folder", key, name, content, name.partition(".")[0], HALF.key, NOW)

    def decided(self) -> dict[str, str]:
        table = list_actions(self.office, NOW)
        return dict(zip(table["number"], table["decision"], strict=True))

    def answer(self, now: datetime = NOW):
        with database_clock(now):
            return answer_departments(self.office, now, "test")

    def mails(self) -> list[EmailMessage]:
        return list(self.relay.mails)

    def text(self, number: int = -1) -> str:
        return self.mails()[number].get_body(("plain",)).get_content()

    def pack_sent(self, seat: str = "DOIC:to:1", email: str = DOIC) -> str:
        """The Message-ID of a pack in the ledger, as it would be answered."""
        message = MailMessage(
            HALF.key, "pack", seat, "Officer", email, "en", "Documents", "<p>x</p>", "x"
        )
        ledger.plan_mails(self.office.engine, [message], NOW - timedelta(days=30))
        return message.make_message_id(0)


@contextmanager
def department_rig(clerk: Clerk, folder: Path) -> Iterator[DepartmentRig]:
    """A closed half-year with two requests to DOIC (in English) and one to BANKS (in Hindi)."""
    with serving(Relay()) as relay:
        settings = replace(clerk.office.settings, smtp_url=f"smtp://127.0.0.1:{relay.port}")
        office = AppContext(settings, clerk.office.engine)
        state = "three requests to two departments, in two languages"
        fill_office(office, state, lambda: _close_with_requests(office, folder))
        yield DepartmentRig(office, relay)


def _close_with_requests(office: AppContext, folder: Path) -> None:
    registry = RegistryFolder(
        agencies={"IA-A": Q1.key, "FC-B": Q1.key},
        targets={("IA-A", "OP1", Q1.key): 4},
        recipients={"DOIC": DOIC, "BANKS": BANKS},
    ).write(folder / "registry")
    recipients = registry / "recipients.csv"
    lines = recipients.read_text("utf-8").splitlines()
    lines = [line.replace(",hi,", ",en,") if line.startswith("DOIC") else line for line in lines]
    recipients.write_text("\n".join(lines) + "\n", "utf-8")
    load_registry(office, registry, day_after_quarter(Q1.key))
    _request(
        office,
        folder / "entries",
        ("IA-A", "DOIC", "The feeder trips"),
        ("FC-B", "DOIC", "No plots are free"),
        ("IA-A", "BANKS", "Limits lapse"),
    )
    clerk = Clerk(office, folder / "sent")
    for quarter in (Q1, Q2):
        clerk.send("IA-A", quarter.key, {"OP1": 2})
        clerk.send("FC-B", quarter.key)
        clerk.close(quarter.key)


def _request(office: AppContext, folder: Path, *requests: tuple[str, str, str]) -> None:
    """Requests of agencies in the first quarter: agency, department, text."""
    rows = [
        (agency, Q1.key, "policy_support", "CREDIT", department, text, "Help", "high", *"   ")
        for agency, department, text in requests
    ]
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{Q1.key}.csv"
    file.write_text(csv_text([entries_reader.HEADER, *rows]), "utf-8")
    assert not load_entries(office, file, Q1.closes_at).items[0].problem
