"""Sources of scores: the groups of each agency with their weights, and the achievements behind them.

What must not go here: the figures behind achievements (``source_tables``).
"""

from __future__ import annotations

from cpsa.documents import source_needs as at
from cpsa.documents.linked import Anchored
from cpsa.documents.model import Cell, Table
from cpsa.documents.origin import Held, Scored
from cpsa.documents.parts import column, number, plain, table
from cpsa.documents.resting import Part, Resting
from cpsa.documents.source_needs import Needs
from cpsa.documents.words import NONE, Words


def scores(words: Words, resting: Resting, needs: Needs) -> Table | None:
    """For each agency and quarter its groups with their weights, scores and achievements."""
    bodies = []
    for agency, quarter in needs.scores:
        groups = resting.of(Scored(Held.COMPOSITE, agency, quarter)).parts
        form = words.snapshot.agencies[agency]["form"] if agency in words.snapshot.agencies else ""
        rows, ids = [], []
        for group in words.snapshot.framework.form_groups(form):
            made_of = resting.achievements(agency, quarter, group.code)
            if not made_of:
                continue
            weight = words.whole_percent(group.weight) if group.weight else NONE
            rests = resting.of(Scored(Held.GROUP, agency, quarter, group.code))
            rows.append(
                (
                    plain(words.group(group.code)),
                    number(weight),
                    number(next(iter(rests.texts))),
                    plain("; ".join(map(_achievement, made_of))),
                )
            )
            ids.append(f"{at.of_score(agency, quarter)}.{group.code}")
        bodies.append(
            Anchored(
                (*rows, _coverage(words, resting, agency, quarter)),
                _score_title(words, resting, agency, quarter, bool(groups)),
                (*ids, f"{at.of_score(agency, quarter)}.coverage"),
                at.of_score(agency, quarter),
            )
        )
    if not bodies:
        return None
    columns = (
        column(words("source.group"), 2),
        column(words("source.weight"), 0, figure=True),
        column(words("source.group_score"), 0, figure=True),
        column(words("source.achievements"), 5),
    )
    return table(words("source.scores"), columns, bodies=bodies, dense=True)


def _achievement(part: Part) -> str:
    weight = f"{part.weight:g}" if part.weight is not None else ""
    return f"{part.indicator} {part.value:.4f} × {weight}"


def _score_title(words: Words, resting: Resting, agency: str, quarter: str, scored: bool) -> str:
    composite = resting.of(Scored(Held.COMPOSITE, agency, quarter)).texts
    coverage = resting.of(Scored(Held.COVERAGE, agency, quarter)).texts
    return words(
        "source.score_of",
        agency=words.agency_with_code(agency),
        quarter=quarter,
        composite=next(iter(composite)) if scored else NONE,
        coverage=next(iter(coverage)),
    )


def _coverage(words: Words, resting: Resting, agency: str, quarter: str) -> tuple[Cell, ...]:
    rests = resting.of(Scored(Held.COVERAGE, agency, quarter))
    missing = ", ".join(part.quarter for part in rests.parts if not part.value)
    told = words(
        "source.covered",
        part=int(sum(part.value or 0 for part in rests.parts)),
        whole=len(rests.parts),
    )
    if missing:
        told = "; ".join((told, words("source.not_covered", quarters=missing)))
    return plain(words("coverage")), number(""), number(next(iter(rests.texts))), plain(told)
