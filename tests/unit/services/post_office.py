"""An office whose letters go to a real mail server on this machine, and what arrived there."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from unittest.mock import patch

from tests.factories import Clerk, RegistryFolder
from tests.unit.delivery.rig import Relay

from cpsa.calendar import Quarter
from cpsa.delivery import ledger
from cpsa.services.agency_letters.letter_review import list_unwritten_letters
from cpsa.services.agency_letters.remind_agencies import remind_agencies
from cpsa.services.agency_letters.send_letters import send_letters
from cpsa.services.app_context import AppContext
from cpsa.services.letter_summary import AgencyLetterSummary
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.quarter.open_quarter import open_quarter
from cpsa.store.queries import dispatch_queries


def database_clock(now: datetime):
    """Let the ledger's clock, which is the database's, show the instant of the test."""
    return patch.object(dispatch_queries, "clock", lambda _: now)


def _reference(mail: EmailMessage) -> str:
    """What an answer quotes, at the end of the subject."""
    found = re.search(r"\((CPSA/[\w/-]+)\)$", mail["Subject"])
    return found[1] if found else ""


PORTAL = "https://updates.example.org"


@dataclass
class PostOffice:
    """The office, the server its mail leaves by, and a clerk who sends files to it."""

    office: AppContext
    relay: Relay
    clerk: Clerk
    folder: Path

    @classmethod
    def opened(cls, office: AppContext, relay: Relay, folder: Path) -> PostOffice:
        settings = replace(
            office.settings,
            smtp_url=f"smtp://127.0.0.1:{relay.port}",
            portal_url=PORTAL,
        )
        ours = AppContext(settings, office.engine)
        return cls(ours, relay, Clerk(ours, folder / "sent"), folder)

    def register(
        self,
        agencies: Mapping[str, str],
        at: datetime,
        hindi: tuple[str, ...] = (),
        emails: Mapping[str, str] = {},
    ) -> None:
        """Load a registry of these agencies (code → first quarter)."""
        folder = RegistryFolder(dict(agencies)).write(self.folder / "registry")
        file = folder / "agencies.csv"
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row["language"] = "hi" if row["code"] in hindi else "en"
            row["email"] = emails.get(row["code"], row["email"])
        with file.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, rows[0])
            writer.writeheader()
            writer.writerows(rows)
        load_registry(self.office, folder, at)

    def open(self, quarter: str) -> None:
        key = Quarter.parse(quarter)
        open_quarter(self.office, key, key.opens_at, "ops")

    def write(self, now: datetime, **options) -> AgencyLetterSummary:
        with database_clock(now):
            return send_letters(self.office, now, "test", **options)

    def remind(self, now: datetime) -> AgencyLetterSummary:
        with database_clock(now):
            return remind_agencies(self.office, now, "test")

    def owed(self, now: datetime) -> set[tuple[str, str]]:
        return {(one.agency, one.slot) for one in list_unwritten_letters(self.office, now)}

    def arrived(self) -> list[tuple[str, str]]:
        """To whom, and which letter: by the reference in the subject, as a reader finds it."""
        return [
            (mail["To"].addresses[0].addr_spec, _reference(mail).rpartition("/")[2])
            for mail in self.relay.mails
        ]

    def mail(self, slot: str, to: str = "") -> EmailMessage:
        """The one mail of a slot (to an address)."""
        (found,) = [
            mail
            for mail, (address, kind) in zip(self.relay.mails, self.arrived(), strict=True)
            if kind == slot.upper() and to in address
        ]
        return found

    def text(self, slot: str, to: str = "") -> str:
        return self.mail(slot, to).get_body(("plain",)).get_content()

    def states(self, cycle_key: str | None = None) -> dict[tuple[str, str], str]:
        lines = ledger.list_outbox(self.office.engine, cycle_key)
        return {(line.recipient, line.slot): str(line.state) for line in lines}
