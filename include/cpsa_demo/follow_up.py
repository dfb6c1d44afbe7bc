"""What follows the first half-year's mails in the demo: replies, a mail that came back, corrections.

Everything goes in by the ways that people use: forms and a report of undelivered mail through the
mailbox, a late file and further forms through the inbox folder, and commands of ``cpsa``. What was
done is not done again: mails and files that are there stay, and the audit trail names the rest.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cpsa_demo import mails
from cpsa_demo.inbox import list_late_files
from cpsa_demo.mailbox_folder import MailboxFolders
from cpsa_demo.mails import CaughtMail
from cpsa_demo.place import SAMPLE, Place
from cpsa_demo.processes import Processes
from cpsa_demo.replies import BY_MAIL, Reply, fill_form, load_replies

DONE, DONE_IN_PART = 0, 1
"""Exit statuses of ``cpsa``; the second: a file waits for an admin, or a mail for its server."""
BOUNCES = "Bounces"

RETURNED_TO, CORRECTED_TO = "rev@example.org", "revenue@example.org"
LATE = ("IA-BPENG", "2024-25-Q4")
LATE_REASON = "Letter of 3 June 2025: one training programme of March was left out"
WAIVED = ("IA-BAGPR", "2025-26-Q4", "V06")
WAIVER_REASON = "The sanctioned budget was under revision in that quarter: letter of 8 April 2026"
NOT_ACCEPTED = "PA-2024-25-Q3-006"
NOT_ACCEPTED_REASON = "The centre reports that 17 of the 29 applications are still pending"


@dataclass(frozen=True)
class FollowUp:
    """What follows the mails of the half-year ``half``."""

    place: Place
    processes: Processes
    half: str

    def play(self, now: datetime) -> None:
        """Everything, in its order; what was done is left out."""
        if self.place.followed_up.exists():
            return
        for reply in load_replies(SAMPLE / "replies.csv"):
            self._send_reply(reply, now)
        self._return_mail(now)
        for file in list_late_files(SAMPLE):
            _copy_once(file, self.place.inbox / file.parent.name / file.name)
        self._run("collect", ("collect", "--inbox", "--mailbox"), DONE_IN_PART)
        self._run("bounces", ("outbox", "bounces"), DONE_IN_PART)
        self._correct_address()
        self._explain()
        self._decide()
        self._run("documents", ("build", self.half))
        revision = ("--revise", "--reason", LATE_REASON, "--backfill", "--yes")
        self._run("revision", ("send", self.half, *revision))
        self.write_letters()
        self.place.followed_up.touch()

    def write_letters(self) -> None:
        """Send what is due to agencies: answers to their files, and what departments decided."""
        self._run("letters", ("letters",), DONE_IN_PART)

    def _send_reply(self, reply: Reply, now: datetime) -> None:
        """Fill the form that the department was sent, and send it back its way."""
        sent = self._find_pack(_find_address(reply.department))
        attached = sent.find_workbook()
        assert attached is not None, "its mail has a form, since it has open actions"
        if reply.by == BY_MAIL:
            if not self._mailbox.has_mail(mails.make_reply_id(sent, reply.form)):
                filled = fill_form(attached[1], reply.answers)
                mail = mails.write_reply(sent, reply.form, filled, now)
                self._mailbox.put_mail(mail.as_bytes())
            return
        file = self.place.inbox / reply.half / f"{reply.department}.atr.xlsx"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(fill_form(attached[1], reply.answers))

    def _return_mail(self, now: datetime) -> None:
        sent = self._find_pack(RETURNED_TO)
        if not self._mailbox.has_mail(mails.make_bounce_id(sent)):
            self._mailbox.put_mail(mails.write_bounce(sent, now), BOUNCES)

    def _correct_address(self) -> None:
        """Load the registry again, with the address that the department named when it was asked."""
        folder = self.place.corrected_registry
        shutil.copytree(SAMPLE / "registry", folder, dirs_exist_ok=True)
        recipients = folder / "recipients.csv"
        text = recipients.read_text("utf-8").replace(f",{RETURNED_TO},", f",{CORRECTED_TO},")
        recipients.write_text(text, "utf-8")
        reason = f"Mail to {RETURNED_TO} was returned; new address by telephone"
        self._run("correction", ("registry", "load", str(folder), "--reason", reason))

    def _explain(self) -> None:
        for row in _read_rows(SAMPLE / "explained.csv"):
            about = (row["agency"], row["quarter"], row["rule"], row["about"])
            self._run("explain", ("explain", *about, "--text", row["text"]))

    def _decide(self) -> None:
        """What an admin and CPSA decide: each is in the audit trail once it was done."""
        not_accepted = ("reply_not_accepted", "--remarks", NOT_ACCEPTED_REASON)
        decisions = (
            ("decide", (NOT_ACCEPTED,), not_accepted),
            ("reopen", LATE, ("--reason", LATE_REASON)),
            ("waive", WAIVED, ("--reason", WAIVER_REASON)),
        )
        recorded = self._read_audit()
        for command, subject, words in decisions:
            if not any(" ".join(subject) in known for known in recorded):
                self._run(command, (command, *subject, *words))

    def _read_audit(self) -> list[str]:
        """The subjects of what was done by hand."""
        lines = self.processes.read("audit", ["cpsa", "audit", "--format", "csv"])
        return [row["subject"] for row in csv.DictReader(lines.splitlines())]

    @property
    def _mailbox(self) -> MailboxFolders:
        return MailboxFolders(self.place.mailbox_folder)

    def _find_pack(self, address: str) -> CaughtMail:
        """The half-year's mail to an address, the first if there are several."""
        sent = mails.list_caught_mails(self.place.mails, address)
        return next(mail for mail in sent if f"/{self.half}/PACK/" in str(mail.mail["Subject"]))

    def _run(self, name: str, words: tuple[str, ...], also_fine: int = DONE) -> None:
        self.processes.run(name, ["cpsa", *words], {DONE, also_fine})


def _find_address(department: str) -> str:
    rows = _read_rows(SAMPLE / "registry" / "recipients.csv")
    return next(
        row["email"] for row in rows if (row["department"], row["kind"]) == (department, "to")
    )


def _read_rows(file: Path) -> list[Mapping[str, str]]:
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def _copy_once(source: Path, target: Path) -> None:
    """Put a later file in place of the earlier one of its name, as an agency does."""
    if target.read_bytes() != source.read_bytes():
        shutil.copyfile(source, target)
