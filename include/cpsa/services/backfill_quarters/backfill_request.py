"""What an admin requests: which closed quarters, of which agencies, which steps, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.store.queries import closing_queries


class BackfillStep(StrEnum):
    """A step that can be repeated. Each but the last brings the ones after it up to ``score``.

    ``definitions``: the quarters are computed with the present framework instead of the one with
    which they were closed; it brings ``score``, and accepts no late file by itself.
    """

    DEFINITIONS = "definitions"
    COLLECT = "collect"
    CHECK = "check"
    SCORE = "score"
    DOCUMENTS = "documents"


_FIGURE_STEPS = (BackfillStep.COLLECT, BackfillStep.CHECK, BackfillStep.SCORE)


@dataclass(frozen=True)
class BackfillRequest:
    """A requested backfill. ``agencies``: only these, all when empty; ``letters``: write to the
    agencies whose late file is accepted, as ``reopen`` does."""

    first: Quarter
    last: Quarter
    agencies: tuple[str, ...]
    steps: tuple[BackfillStep, ...]
    reason: str
    letters: bool = False

    @classmethod
    def parse(
        cls,
        first: str,
        last: str,
        agencies: Sequence[str],
        redo: Collection[str],
        reason: str,
        *,
        letters: bool = False,
    ) -> BackfillRequest:
        """A request from the fields of a form; RequestError when it contradicts itself."""
        begin, end = Quarter.parse(first.strip()), Quarter.parse(last.strip())
        if end < begin:
            raise RequestError("backfill.backwards", first=begin.key, last=end.key)
        if not reason.strip():
            raise RequestError("backfill.no_reason")
        codes = tuple(dict.fromkeys(filter(None, (code.strip() for code in agencies))))
        steps = _parse_steps(redo)
        if BackfillStep.DEFINITIONS in steps and codes:
            raise RequestError("backfill.definitions_for_all", agencies=", ".join(codes))
        return cls(begin, end, codes, steps, reason.strip(), letters)

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        return Quarter.range(self.first, self.last)

    @property
    def present_definitions(self) -> frozenset[str]:
        """The quarters that are computed with the present framework."""
        if BackfillStep.DEFINITIONS not in self.steps:
            return frozenset()
        return frozenset(quarter.key for quarter in self.quarters)

    @property
    def subject(self) -> str:
        """Its name in the audit."""
        return " ".join((f"{self.first.key}..{self.last.key}", *self.steps, *self.agencies))

    def includes_quarter(self, quarter: str) -> bool:
        return self.first.key <= quarter <= self.last.key

    def includes_agency(self, agency: str, quarter: str) -> bool:
        return self.includes_quarter(quarter) and (not self.agencies or agency in self.agencies)

    def validate(self, context: AppContext, connection: Connection) -> None:
        """RequestError for a quarter that is not closed, or an agency that is none."""
        closed_quarters = closing_queries.load_registry_loads(connection)
        if open_quarters := [
            quarter.key for quarter in self.quarters if quarter.key not in closed_quarters
        ]:
            raise RequestError("backfill.not_closed", quarters=", ".join(open_quarters))
        known = set(context.load_register(connection).agencies["code"])
        if unknown_agencies := [code for code in self.agencies if code not in known]:
            raise RequestError("cycle.no_agency", value=unknown_agencies[0])


def _parse_steps(redo: Collection[str]) -> tuple[BackfillStep, ...]:
    """What is collected is checked, and what is checked is scored: nothing stops halfway."""
    known = ", ".join(BackfillStep)
    if not redo:
        raise RequestError("backfill.no_part", known=known)
    if unknown_steps := [step for step in redo if step not in set(BackfillStep)]:
        raise RequestError("backfill.unknown_part", value=unknown_steps[0], known=known)
    definitions = (BackfillStep.DEFINITIONS,) if BackfillStep.DEFINITIONS in redo else ()
    steps = {*redo, *((BackfillStep.SCORE,) if definitions else ())}
    first = min(
        (_FIGURE_STEPS.index(BackfillStep(step)) for step in steps if step in _FIGURE_STEPS),
        default=3,
    )
    documents = (BackfillStep.DOCUMENTS,) if BackfillStep.DOCUMENTS in redo else ()
    return (*definitions, *_FIGURE_STEPS[first:], *documents)
