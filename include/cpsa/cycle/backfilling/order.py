"""What an admin asks for: which closed quarters, whose, what of them is redone, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.cycle.office import Office
from cpsa.errors import RequestError
from cpsa.store import closings


class Part(StrEnum):
    """What can be redone. Each but the last brings the ones after it up to ``score``.

    ``definitions``: the quarters are computed with the present framework instead of the one with
    which they were closed; it brings ``score``, and lets in no file by itself.
    """

    DEFINITIONS = "definitions"
    COLLECT = "collect"
    CHECK = "check"
    SCORE = "score"
    DOCUMENTS = "documents"


_FIGURES = (Part.COLLECT, Part.CHECK, Part.SCORE)


@dataclass(frozen=True)
class Order:
    """A backfill as asked for. ``agencies``: only these, all when empty; ``letters``: write to the
    agencies whose late file is let in, as ``reopen`` does."""

    first: Quarter
    last: Quarter
    agencies: tuple[str, ...]
    parts: tuple[Part, ...]
    reason: str
    letters: bool = False

    @classmethod
    def of(
        cls,
        first: str,
        last: str,
        agencies: Sequence[str],
        redo: Collection[str],
        reason: str,
        letters: bool = False,
    ) -> Order:
        """An order from what a form holds; RequestError when it makes no sense in itself."""
        begin, end = Quarter.parse(first.strip()), Quarter.parse(last.strip())
        if end < begin:
            raise RequestError("backfill.backwards", first=begin.key, last=end.key)
        if not reason.strip():
            raise RequestError("backfill.no_reason")
        codes = tuple(dict.fromkeys(filter(None, (one.strip() for one in agencies))))
        parts = _parts(redo)
        if Part.DEFINITIONS in parts and codes:
            raise RequestError("backfill.definitions_for_all", agencies=", ".join(codes))
        return cls(begin, end, codes, parts, reason.strip(), letters)

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return Quarter.range(self.first, self.last)

    @property
    def present_definitions(self) -> frozenset[str]:
        """The quarters that are computed with the present framework."""
        if Part.DEFINITIONS not in self.parts:
            return frozenset()
        return frozenset(quarter.key for quarter in self.quarters)

    @property
    def subject(self) -> str:
        """What the audit trail calls it."""
        return " ".join((f"{self.first.key}..{self.last.key}", *self.parts, *self.agencies))

    def concerns(self, agency: str, quarter: str) -> bool:
        within = self.first.key <= quarter <= self.last.key
        return within and (not self.agencies or agency in self.agencies)

    def require(self, office: Office, connection: Connection) -> None:
        """RequestError for a quarter that is not closed, or an agency that is none."""
        shut = closings.registry_loads(connection)
        if waiting := [one.key for one in self.quarters if one.key not in shut]:
            raise RequestError("backfill.not_closed", quarters=", ".join(waiting))
        known = set(office.roll(connection).agencies["code"])
        if strange := [code for code in self.agencies if code not in known]:
            raise RequestError("cycle.no_agency", value=strange[0])


def _parts(redo: Collection[str]) -> tuple[Part, ...]:
    """What is taken in is checked, and what is checked is scored: nothing stops halfway."""
    known = ", ".join(Part)
    if not redo:
        raise RequestError("backfill.no_part", known=known)
    if strange := [one for one in redo if one not in set(Part)]:
        raise RequestError("backfill.unknown_part", value=strange[0], known=known)
    definitions = (Part.DEFINITIONS,) if Part.DEFINITIONS in redo else ()
    wanted = {*redo, *((Part.SCORE,) if definitions else ())}
    first = min((_FIGURES.index(Part(one)) for one in wanted if one in _FIGURES), default=3)
    documents = (Part.DOCUMENTS,) if Part.DOCUMENTS in redo else ()
    return (*definitions, *_FIGURES[first:], *documents)
