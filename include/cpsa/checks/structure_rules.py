"""Structure rules S00 to S07: can the file be used, and what does each of its cells say.

Judges one file by itself, without history. Its result, ``StructureResult``, is the only form in which
figures reach the other rules and the store.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cpsa import figures
from cpsa.checks.table_values import ListedCodes, judge_tables
from cpsa.figures import Figure, Reading
from cpsa.framework.model import Framework, Indicator
from cpsa.submissions.finding import Finding
from cpsa.submissions.state import SubmissionState
from cpsa.submissions.table_rows import GivenTable
from cpsa.submissions.update import Doubt, TypedCell, Unreadable, Update

Key = tuple[str, str]  # indicator, dimension ("" = total)


@dataclass(frozen=True, slots=True)
class SubmissionFact:
    """A figure that was understood; ``origin`` is ``reported``, or ``nil`` for a NIL answer.

    ``carried_from``: the submission it was taken over from, None when it is the file's own.
    """

    hundredths: int
    origin: str
    place: str
    carried_from: int | None = None


@dataclass(frozen=True)
class StructureResult:
    """A file after the structure rules.

    ``facts``: what was understood, the NIL's zeros included. ``calculated``: figures that are the
    stored result of a formula where that result is 0, or may be out of date. ``faulty``: keys whose value does not
    count and already has a finding. ``refused``: UNREADABLE or REJECTED when nothing of the file
    may be used, else None. ``tables``: those that the file gave, by their codes. ``figures_of``: the
    submission whose figures these are, all of them and no other; None where the file has some of its own.
    """

    agency: str
    quarter: str
    facts: Mapping[Key, SubmissionFact] = field(default_factory=dict)
    faulty: frozenset[Key] = frozenset()
    nil: bool = False
    findings: tuple[Finding, ...] = ()
    refused: SubmissionState | None = None
    calculated: tuple[Key, ...] = ()
    places: Mapping[Key, str] = field(default_factory=dict)
    tables: Mapping[str, GivenTable] = field(default_factory=dict)
    figures_of: int | None = None


def judge_structure(
    update: Update | Unreadable,
    agency: str,
    quarter: str,
    form: str | None,
    framework: Framework,
    broken_seal: str = "",
    lists: ListedCodes | None = None,
) -> StructureResult:
    """Judge a file sent for an agency and quarter; ``form`` is None when no update is due from it then.

    ``broken_seal``: what is wrong with a workbook's seal, as a key of the catalogue; blank for none.
    ``lists``: the codes that columns of tables may have.
    """
    builder = _FindingBuilder(framework, agency, quarter)
    if isinstance(update, Unreadable):
        finding = builder.build(
            "unreadable_file",
            observed=": ".join(filter(None, (update.cause, update.detail))),
            expected=update.header,
            place=update.place,
        )
        return StructureResult(
            agency, quarter, findings=(finding,), refused=SubmissionState.UNREADABLE
        )
    if broken_seal:
        finding = builder.build("broken_seal", observed=broken_seal)
        return StructureResult(
            agency, quarter, findings=(finding,), refused=SubmissionState.REJECTED
        )
    if mismatch := _find_mismatch(update, agency, quarter, form, builder):
        return StructureResult(
            agency, quarter, findings=(mismatch,), refused=SubmissionState.REJECTED
        )
    judged = _judge_cells(update, form or "", builder)
    if not update.tables:
        return judged
    tables, faults = judge_tables(
        update.tables, form or "", framework, lists or {}, agency, quarter
    )
    return replace(judged, tables=tables, findings=judged.findings + faults)


@dataclass(frozen=True)
class _FindingBuilder:
    """Makes findings for one submission, with the severities the framework gives."""

    framework: Framework
    agency: str
    quarter: str

    def build(
        self,
        kind: str,
        key: Key = ("", ""),
        observed: str = "",
        expected: str = "",
        place: str = "",
    ) -> Finding:
        rule, *_ = self.framework.rules_of_kind(kind)
        subject = self.agency, self.quarter, *key
        return Finding(rule.id, rule.severity, *subject, observed, expected, place)


def _find_mismatch(
    update: Update, agency: str, quarter: str, form: str | None, builder: _FindingBuilder
) -> Finding | None:
    """S06: the first row that names someone else or another time, or an agency not active then."""
    expected = f"{agency}, {quarter}"
    for named, own in ((update.agencies, agency), (update.quarters, quarter)):
        for value in named:
            if value.text.casefold() != own.casefold():
                return builder.build(
                    "other_agency_or_quarter",
                    observed=value.text,
                    expected=expected,
                    place=value.place,
                )
    if form is None:
        return builder.build("other_agency_or_quarter", observed=agency, expected=expected)
    return None


def _judge_cells(update: Update, form: str, builder: _FindingBuilder) -> StructureResult:
    framework = builder.framework
    indicators = {
        indicator.code.casefold(): indicator for indicator in framework.form_indicators(form)
    }
    findings: list[Finding] = []
    typed: dict[Key, list[tuple[TypedCell, Figure]]] = {}
    for cell in update.cells:
        indicator = indicators.get(cell.indicator.casefold())
        dimension = cell.dimension.casefold()
        if indicator is None or (dimension and dimension not in indicator.dimensions):
            findings.append(_build_not_in_form(cell, indicator, form, builder))
            continue
        key = indicator.code, dimension
        figure = figures.UNREADABLE if cell.doubt else figures.parse_figure(cell.text)
        typed.setdefault(key, []).append((cell, figure))

    facts: dict[Key, SubmissionFact] = {}
    faulty: set[Key] = set()
    places: dict[Key, str] = {}
    for key, cells in typed.items():
        places[key] = cells[0][0].place
        faults = _find_faults(key, cells, framework.indicator(key[0]), builder)
        findings.extend(faults)
        if faults:
            faulty.add(key)
        elif (hundredths := cells[0][1].hundredths) is not None:
            facts[key] = SubmissionFact(hundredths, "reported", cells[0][0].place)

    if update.nil is not None:
        for indicator in indicators.values():
            for dimension in ("", *indicator.dimensions) if indicator.is_flow else ():
                key = indicator.code, dimension
                if key not in facts and key not in faulty:
                    facts[key] = SubmissionFact(0, "nil", update.nil)
    return StructureResult(
        agency=builder.agency,
        quarter=builder.quarter,
        facts=facts,
        faulty=frozenset(faulty),
        nil=update.nil is not None,
        findings=tuple(findings),
        calculated=tuple(
            key
            for key, cells in typed.items()
            if key in facts and _is_in_doubt(cells[0][0], facts[key])
        ),
        places=places,
    )


def _is_in_doubt(cell: TypedCell, fact: SubmissionFact) -> bool:
    """Whether a figure is a formula's result that was perhaps never calculated (rule Q08)."""
    return bool(cell.formula) and (cell.outdated or fact.hundredths == 0)


def _find_faults(
    key: Key, cells: list[tuple[TypedCell, Figure]], indicator: Indicator, builder: _FindingBuilder
) -> list[Finding]:
    """S01, else S02, else S03, once; and S05 as well where the key has two values."""
    findings: list[Finding] = []
    faults: tuple[tuple[str, Callable[[Figure], bool], Callable[[TypedCell, Indicator], str]], ...]
    faults = (
        ("not_a_number", lambda figure: figure.reading is Reading.UNREADABLE, _describe_doubt),
        ("negative", lambda figure: _is_negative(figure) and not indicator.signed, _nothing),
        ("too_fine", lambda figure: _is_too_fine(figure, indicator), _finest),
    )
    for kind, is_fault, expected in faults:
        if fault := next((cell for cell, figure in cells if is_fault(figure)), None):
            shown = _quote(fault.quoted or fault.text)
            findings.append(
                builder.build(
                    kind,
                    key,
                    observed=shown,
                    expected=expected(fault, indicator),
                    place=fault.place,
                )
            )
            break
    first = cells[0]
    if conflicting := next(
        (cell for cell, figure in cells[1:] if _differs(first, (cell, figure))), None
    ):
        findings.append(
            builder.build(
                "said_twice",
                key,
                observed=_quote(conflicting.text),
                expected=_quote(first[0].text),
                place=conflicting.place,
            )
        )
    return findings


def _is_negative(figure: Figure) -> bool:
    return figure.amount is not None and figure.amount < 0


def _is_too_fine(figure: Figure, indicator: Indicator) -> bool:
    if figure.amount is None:
        return False
    return not (figure.is_whole_hundredths if indicator.unit == "inr" else figure.is_whole)


def _finest(_: TypedCell, indicator: Indicator) -> str:
    return "0.01" if indicator.unit == "inr" else "1"


def _nothing(_: TypedCell, __: Indicator) -> str:
    return ""


def _describe_doubt(cell: TypedCell, indicator: Indicator) -> str:
    """Why a cell is not surely the figure that the sender saw; blank where it is no figure at all."""
    match cell.doubt:
        case Doubt.COMMA_INSIDE:
            return "figure.comma_inside"
        case Doubt.LOST:
            return "figure.lost"
        case Doubt.MOVED:
            return ": ".join(("figure.moved", cell.detail))
        case Doubt.SHOWN_OTHERWISE if indicator.unit == "inr":
            return ": ".join(("figure.shown_inr", cell.detail))
        case Doubt.SHOWN_OTHERWISE:
            return ": ".join(("figure.shown_count", cell.detail))
    return ""


def _differs(first: tuple[TypedCell, Figure], second: tuple[TypedCell, Figure]) -> bool:
    """Whether two cells say different things; a blank is another value, 1,000 and 1000 are not."""
    if Reading.UNREADABLE in (first[1].reading, second[1].reading):
        return _fold(first[0].text) != _fold(second[0].text)
    return first[1] != second[1]


def _fold(typed: str) -> str:
    return " ".join(unicodedata.normalize("NFC", typed).casefold().split())


def _build_not_in_form(
    cell: TypedCell, indicator: Indicator | None, form: str, builder: _FindingBuilder
) -> Finding:
    code = indicator.code if indicator else _quote(cell.indicator)
    dimension = _quote(cell.dimension)
    if dimension.casefold() in builder.framework.dimension_labels:
        dimension = dimension.casefold()
    shown = " ".join(part for part in (code, dimension) if part) or "–"
    return builder.build(
        "not_in_form", (code, dimension), observed=shown, expected=form, place=cell.place
    )


def _quote(typed: str, limit: int = 60) -> str:
    """A cell's text fit to be quoted: one line, printable, not endless."""
    printable = "".join(character if character.isprintable() else " " for character in typed)
    line = " ".join(printable.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
