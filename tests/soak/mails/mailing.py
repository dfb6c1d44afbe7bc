"""The mails of the trial, nine of ten as offices write them, each with what must become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from tests.factories import SANCTIONED, indicators
from tests.soak.collecting.post import FLOWS, QUARTERS, Update, address, csv_update, written
from tests.soak.mails.hostile_mails import DONE, Expected, hostile_mail

from cpsa.calendar import Quarter
from cpsa.services.app_context import AppContext
from cpsa.services.workbooks.build_template import build_filled_template
from cpsa.template.filled_values import FilledValues

ACCEPTED = Expected(DONE, "new", state="accepted")
HOSTILE_OF = 10  # one of so many is hostile
MARK = b"X-Soak-Number"


@dataclass(frozen=True)
class SoakMail:
    """A mail, its number in its head, and what must become of it.

    ``updates``: the good updates that it brings, each with its figure; none where it is an earlier
    mail sent again.
    """

    number: int
    content: bytes
    expected: Expected
    updates: Sequence[tuple[Update, int]] = ()


def make_mails(office: AppContext, agencies: list[str], number: int, seed: int) -> list[SoakMail]:
    """So many mails; the same at every run."""
    chance = Random(seed)
    mails: list[SoakMail] = []
    for at in range(number):
        if at % HOSTILE_OF == HOSTILE_OF // 2:
            mails.append(_hostile(at, agencies, chance))
        elif mails and chance.random() < 0.05 and mails[-1].updates:
            mails.append(SoakMail(at, mails[-1].content, mails[-1].expected, ()))  # sent twice
        else:
            mails.append(_good(office, at, agencies, chance))
    return mails


def _good(office: AppContext, at: int, agencies: list[str], chance: Random) -> SoakMail:
    """A mail with an update, now and then with two; every twelfth update is a workbook."""
    agency, quarter, figure = chance.choice(agencies), chance.choice(QUARTERS), 1 + at
    update = _workbook(office, agency, quarter, figure) if at % 12 == 0 else None
    enclosed = [(update or csv_update(agency, quarter, figure), figure)]
    if chance.random() < 0.1:
        second = 100_000 + at
        enclosed.append((csv_update(agency, quarter, second), second))
    key = f"<{at}@offices.example.org>"
    content = written(key, address(agency), [update for update, _ in enclosed])
    return SoakMail(at, _marked(at, content), ACCEPTED, tuple(enclosed))


def _workbook(office: AppContext, agency: str, quarter: str, figure: int) -> Update:
    form = agency[:2]
    values = {row["code"]: "0" for row in indicators(form)} | (SANCTIONED if form == "IA" else {})
    values |= dict.fromkeys(FLOWS[form], str(figure))
    filled = FilledValues(values={(code, ""): str(value) for code, value in values.items()})
    content = build_filled_template(office, agency, Quarter.parse(quarter), filled)
    return Update(agency, quarter, content, ".xlsx")


def _hostile(at: int, agencies: list[str], chance: Random) -> SoakMail:
    agency = chance.choice(agencies)
    quarter = chance.choice(QUARTERS)
    content, expected = hostile_mail(address(agency).encode(), agency, quarter, chance)
    return SoakMail(
        at, _marked(at, b"Message-ID: <%d@hostile.example.org>\r\n" % at + content), expected
    )


def _marked(at: int, content: bytes) -> bytes:
    return MARK + b": %d\r\n" % at + content


def digest(update: Update) -> str:
    return sha256(update.content).hexdigest()
