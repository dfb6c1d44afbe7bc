"""What arrives: mails and files, some twice, some again under the same name, some from strangers.

Made from a seed before anything runs, together with what the store must hold when all is over.
"""

from __future__ import annotations

import email.policy
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from hashlib import sha256
from random import Random

from tests.factories import update

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.workbooks.build_template import build_filled_template
from cpsa.template.filled_values import FilledValues

QUARTERS = ("2026-27-Q1", "2026-27-Q2")
NOW = Quarter.parse(QUARTERS[-1]).due_by
# Two flows of each form that must be above zero together.
FLOWS = {"IA": ("OP1", "OP2"), "FC": ("FW1", "FW2")}
DONE, REFUSED = "Done", "Refused"


@dataclass(frozen=True)
class Mail:
    """One mail to be put into the inbox, and the folder it must end in."""

    key: str
    content: bytes
    folder: str


@dataclass(frozen=True)
class File:
    """One file to be laid into the inbox folder; what lay there under its name is replaced."""

    path: str
    content: bytes


@dataclass
class Post:
    """All that arrives, in its order, and what must come of it."""

    mails: list[Mail] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    # What must be a submission: agency, quarter, digest; and what may be one, if it was seen in time.
    submissions: set[tuple[str, str, str]] = field(default_factory=set)
    perhaps: set[tuple[str, str, str]] = field(default_factory=set)
    # What must have its row among the arrivals: channel, key, digest.
    arrivals: set[tuple[str, str, str]] = field(default_factory=set)
    perhaps_arrived: set[tuple[str, str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class Update:
    agency: str
    quarter: str
    content: bytes
    suffix: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.agency, self.quarter, sha256(self.content).hexdigest()


def made(office: AppContext, agencies: list[str], mails: int, files: int, seed: int) -> Post:
    """So many mails and files for these agencies; the same at every run."""
    chance = Random(seed)
    post = Post()
    updates = updates_of(office, agencies, chance)
    for number in range(mails):
        _add_mail(post, updates, number, chance)
    for number in range(files):
        _add_file(post, updates, number, chance)
    return post


def updates_of(office: AppContext, agencies: list[str], chance: Random) -> Iterator[Update]:
    """Updates without end, no two of the same bytes; every twelfth a workbook."""
    number = 0
    while True:
        number += 1
        agency, quarter = chance.choice(agencies), chance.choice(QUARTERS)
        if number % 12:
            yield csv_update(agency, quarter, number)
        else:
            filled = FilledValues(values={(flow, ""): str(number) for flow in FLOWS[agency[:2]]})
            content = build_filled_template(office, agency, Quarter.parse(quarter), filled)
            yield Update(agency, quarter, content, ".xlsx")


def csv_update(agency: str, quarter: str, number: int) -> Update:
    values = dict.fromkeys(FLOWS[agency[:2]], number)
    return Update(agency, quarter, update(agency, quarter, values), ".csv")


def _add_mail(post: Post, updates: Iterator[Update], number: int, chance: Random) -> None:
    """A mail as offices send them; some are repeats of an earlier one, in one way or another."""
    key = f"<{number}@offices.example.org>"
    kind = chance.random()
    if post.mails and kind < 0.08:  # the same mail again, to the byte
        post.mails.append(chance.choice(post.mails))
        return
    one = next(updates)
    if kind < 0.16:  # from an address that is nobody's
        content = written(key, "stranger@elsewhere.example.org", [one])
        post.mails.append(Mail(key, content, REFUSED))
        post.arrivals.add(("mail", key, sha256(content).hexdigest()))
        return
    enclosed = [one]
    if kind < 0.28:  # two files in one mail, now and then the same one twice
        enclosed.append(
            csv_update(one.agency, one.quarter, 100_000 + number) if kind < 0.26 else one
        )
    elif kind < 0.36:  # forwarded: another mail with the same file
        key = f"<{number}-forwarded@offices.example.org>"
        _register(post, key, [one])
        post.mails.append(Mail(key, written(key, address(one.agency), [one]), DONE))
        key = f"<{number}@offices.example.org>"
    _register(post, key, enclosed)
    post.mails.append(Mail(key, written(key, address(one.agency), enclosed), DONE))


def _register(post: Post, key: str, enclosed: list[Update]) -> None:
    for one in enclosed:
        post.submissions.add(one.key)
        post.arrivals.add(("mail", key, one.key[2]))


def _add_file(post: Post, updates: Iterator[Update], number: int, chance: Random) -> None:
    kind = chance.random()
    if post.files and kind < 0.1:  # laid down again under its name, to the byte
        post.files.append(chance.choice(_latest(post.files)))
        return
    one = next(updates)
    if post.files and kind < 0.2:  # a newer version under the same name
        old = chance.choice([file for file in _latest(post.files) if file.path.endswith(".csv")])
        quarter, name = old.path.split("/")[1:]
        agency = name.partition(".")[0]
        one = csv_update(agency, quarter, 200_000 + number)
        before = (agency, quarter, sha256(old.content).hexdigest())
        post.files.append(File(old.path, one.content))
        post.arrivals.discard(("folder", old.path, before[2]))
        post.perhaps_arrived.add(("folder", old.path, before[2]))
        elsewhere = any(
            digest == before[2] and (channel, key) != ("folder", old.path)
            for channel, key, digest in post.arrivals
        )
        if not elsewhere:
            post.submissions.discard(before)
            post.perhaps.add(before)
        path = old.path
    else:
        path = f"desk-{number}/{one.quarter}/{one.agency}{one.suffix}"
        post.files.append(File(path, one.content))
        if kind < 0.3:  # and a copy of it on another desk
            copy = f"desk-{number}-copy/{one.quarter}/{one.agency}{one.suffix}"
            post.files.append(File(copy, one.content))
            post.arrivals.add(("folder", copy, one.key[2]))
    post.submissions.add(one.key)
    post.arrivals.add(("folder", path, one.key[2]))


def _latest(files: list[File]) -> list[File]:
    return list({file.path: file for file in files}.values())


def address(agency: str) -> str:
    return f"{agency.lower()}@example.org"


def written(key: str, sender: str, enclosed: list[Update]) -> bytes:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = sender
    mail["To"] = "updates@example.org"
    mail["Subject"] = "Quarterly update त्रैमासिक विवरण"
    mail["Message-ID"] = key
    mail["Date"] = "Mon, 05 Oct 2026 10:00:00 +0530"
    mail.set_content("Please find it enclosed.\n")
    for number, one in enumerate(enclosed):
        mail.add_attachment(
            one.content,
            maintype="application",
            subtype="octet-stream",
            filename=f"{one.agency}_{one.quarter}_{number}{one.suffix}",
        )
    mail.set_boundary(f"=={key.strip('<>').partition('@')[0]}==")
    return mail.as_bytes()
