"""The programme replayed: quarter by quarter, check every file that came, then close.

Macro rules, score rows and reporting rows are made here, at close.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.oracle.asked import c01
from tests.oracle.entries import p12
from tests.oracle.figures import places4
from tests.oracle.framework import FORMS, INDICATORS
from tests.oracle.history import Accepted
from tests.oracle.programme import Agency, Programme, number_of
from tests.oracle.rules import check, outlying
from tests.oracle.scores import composite, group_scores, status
from tests.oracle.submission import Submission, q08, read_submission, s07

Row = tuple[str, ...]

FINDINGS = ("rule", "severity", "agency", "quarter", "indicator", "dimension")
SCORES = (
    "agency",
    "quarter",
    "state",
    "composite",
    "status",
    "coverage",
    "outcome",
    "output",
    "contribution",
    "sustainability",
    "budget",
    "activity",
    "capacity",
    "facilitation",
    "bds",
    "awareness",
)
REPORTING = (
    "quarter",
    "form",
    "expected",
    "received",
    "accepted",
    "reporting_rate",
    "accepted_rate",
)


@dataclass
class Results:
    findings: list[Row] = field(default_factory=list)
    scores: list[Row] = field(default_factory=list)
    reporting: list[Row] = field(default_factory=list)


@dataclass
class Replay:
    programme: Programme
    histories: dict[str, list[Accepted]] = field(default_factory=dict)
    baselines_missed: set[tuple[str, str]] = field(default_factory=set)
    # By agency and quarter: the newest accepted update, and what M01 saw where it found something.
    accepted: dict[tuple[str, str], Submission] = field(default_factory=dict)
    versions: dict[tuple[str, str], list[Submission]] = field(default_factory=dict)
    unlike_peers: dict[tuple[str, str], Fraction] = field(default_factory=dict)
    results: Results = field(default_factory=Results)

    def run(self) -> Results:
        for agency in self.programme.registry.agencies:
            self.histories[agency] = []
        for quarter in sorted(self.programme.arrivals):
            self.close(quarter, self.check_all(quarter))
        return self.results

    def check_all(self, quarter: str) -> dict[str, list[Submission]]:
        """Every version of every agency, checked against the quarters before this one."""
        versions: dict[str, list[Submission]] = {}
        for code, contents in self.programme.arrivals[quarter].items():
            agency = self.programme.registry.agencies[code]
            for number, content in enumerate(contents, 1):
                submission = read_submission(content, agency, quarter)
                version = (code, quarter, number)
                s07(submission, version in self.programme.broken_seals)
                q08(submission, [one for one in self.programme.formulas if one.version == version])
                check(submission, self.histories[code], self.programme.registry)
                entries = self.programme.entries.get((code, quarter))
                if entries and submission.state not in ("unreadable", "rejected"):
                    submission.findings |= p12(entries)
                versions.setdefault(code, []).append(submission)
        return versions

    def close(self, quarter: str, versions: dict[str, list[Submission]]) -> None:
        rows: set[Row] = set()
        current: dict[str, Submission] = {}  # the newest accepted version
        for code, submissions in versions.items():
            self.versions[code, quarter] = submissions
            accepted = [one for one in submissions if one.state == "accepted"]
            if accepted:
                current[code] = accepted[-1]
                c01(accepted[-1], submissions, self.programme.queries)
            for submission in [submissions[-1], *accepted[-1:]]:
                for found in submission.findings:
                    severity = "error" if found.rule[0] in "SV" else "warning"
                    place = (found.indicator, found.dimension)
                    rows.add((found.rule, severity, code, quarter, *place))
        for code, submission in current.items():
            self.histories[code].append(Accepted(quarter, submission.values))
            self.accepted[code, quarter] = submission
        rows.update(self.m01(quarter, current))
        rows.update(self.m03(quarter, current))
        rows.update(self.p11(quarter))
        for form in FORMS:
            rows.update(self.report(quarter, form, versions, current))
        order = sorted(rows, key=lambda row: (row[2], row[1], row[0], row[4], row[5]))
        self.results.findings.extend(order)
        for agency in self.programme.registry.agencies.values():
            if agency.owes(quarter):
                self.results.scores.append(self.score(quarter, agency, versions))

    def m01(self, quarter: str, current: dict[str, Submission]) -> set[Row]:
        sizes: dict[str, Fraction] = {}
        for code, submission in current.items():
            trainings, trainees = submission.value("OP1"), submission.value("OP2")
            if trainings is not None and trainees is not None and trainings > 0:
                sizes[code] = trainees / trainings
        if len(sizes) < 5:
            return set()
        found = {code for code, size in sizes.items() if outlying(size, list(sizes.values()))}
        self.unlike_peers.update({(code, quarter): sizes[code] for code in found})
        return {("M01", "warning", code, quarter, "OP2", "") for code in found}

    def m03(self, quarter: str, current: dict[str, Submission]) -> set[Row]:
        rows: set[Row] = set()
        for code, submission in current.items():
            for indicator in INDICATORS[submission.agency.form].values():
                key = (code, indicator.code)
                total = submission.value(indicator.code)
                if not indicator.baseline or total is None or total == 0:
                    continue
                if key in self.programme.registry.baselines or key in self.baselines_missed:
                    continue
                self.baselines_missed.add(key)
                rows.add(("M03", "warning", code, quarter, indicator.code, ""))
        return rows

    def p11(self, quarter: str) -> set[Row]:
        """Row 5 of Table 5 is ten budgets of two crore: all sanctioned, and that of each cluster."""
        sanctioned = {
            code: budgets[-1]
            for code, history in self.histories.items()
            if (budgets := [one.values["B1", ""] for one in history if ("B1", "") in one.values])
        }
        above = {code for code, budget in sanctioned.items() if budget > 20_000_000}
        if sum(sanctioned.values()) > 200_000_000:
            above.add("IA")
        return {("P11", "warning", code, quarter, "B1", "") for code in above}

    def report(
        self,
        quarter: str,
        form: str,
        versions: dict[str, list[Submission]],
        current: dict[str, Submission],
    ) -> set[Row]:
        """Adds the reporting row, and gives M02 where it holds."""
        expected = [
            agency.code
            for agency in self.programme.registry.agencies.values()
            if agency.form == form and agency.owes(quarter)
        ]
        received = [
            code
            for code in expected
            if any(one.state in ("accepted", "returned") for one in versions.get(code, []))
        ]
        accepted = [code for code in expected if code in current]
        rates: list[Fraction | None] = [None, None]
        if expected:
            rates = [Fraction(len(part), len(expected)) for part in (received, accepted)]
        counts = [str(len(part)) for part in (expected, received, accepted)]
        self.results.reporting.append((quarter, form, *counts, *map(places4, rates)))
        if rates[1] is not None and rates[1] < Fraction(80, 100):
            return {("M02", "warning", form, quarter, "", "")}
        return set()

    def score(self, quarter: str, agency: Agency, versions: dict[str, list[Submission]]) -> Row:
        history = self.histories[agency.code]
        states = [submission.state for submission in versions.get(agency.code, [])]
        state = "missing"
        if states:
            state = "accepted" if "accepted" in states else states[-1]
        first_owed = max(agency.active_from, self.programme.first_quarter)
        owed = number_of(quarter) - number_of(first_owed) + 1
        coverage = Fraction(len(history), owed)
        groups = group_scores(self.programme.registry, agency, history)
        figure = composite(agency.form, groups)
        return (
            agency.code,
            quarter,
            state,
            places4(figure),
            status(figure, coverage),
            places4(coverage),
            *(places4(groups.get(group)) for group in SCORES[6:]),
        )
