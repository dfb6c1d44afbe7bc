"""The three programmes in which every document is looked at, and which documents those are.

``sample``: the sample programme. ``nobody``: a registry and its first quarters, in which nobody
reported. ``hardest``: a few agencies for which everything is long, restated, missing or very large,
and whose names are in one script only. What must not go here: how a document is looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache

import pandas as pd
from sample_snapshot import sample

from cpsa.calendar import IST, AnyPeriod, Quarter
from cpsa.documents import restatement_note
from cpsa.documents.content_model import Content
from cpsa.documents.document_key import DocumentKey, DocumentKind
from cpsa.documents.document_registry import (
    POLICY_ACTIONS,
    RESTATEMENT_NOTE,
    build_content,
    list_document_keys,
)
from cpsa.documents.document_text import DocumentText
from cpsa.provenance.snapshot import COLUMNS, Snapshot

LONG_NAMES = {
    "IA-INDPH": (
        "Implementing Agency of the Special Purpose Vehicle for Pharmaceutical Formulations, Bulk "
        "Drugs and Contract Research of the Greater Indore, Pithampur and Dewas Belt",
        "इंदौर, पीथमपुर एवं देवास क्षेत्र के औषधि निर्माण, थोक औषधि तथा अनुबंध अनुसंधान क्लस्टर के विशेष "
        "प्रयोजन संगठन की कार्यान्वयन एजेंसी",
    ),
    "IA-JBNAM": ("", "जबलपुर मिष्ठान्न एवं नमकीन निर्माता सहकारी क्लस्टर"),
    "FC-BHO": ("", "सूक्ष्म, लघु एवं मध्यम उद्यम सुविधा केंद्र, भोपाल"),
    "FC-GWA": ("MSME Facilitation Centre at the District Industry Centre, Gwalior", ""),
}
"""English and Hindi; where one is blank the other stands in both editions."""

LONG_TEXT = (
    "संयंत्रों को विद्युत आपूर्ति में प्रतिदिन तीन से चार घंटे का व्यवधान होता है, जिससे भट्ठियाँ ठंडी पड़ जाती हैं, "
    "उत्पादन की गुणवत्ता घटती है तथा श्रमिकों को बिना कार्य के पारिश्रमिक देना पड़ता है। "
    "Feeders trip without notice; the members have written to the distribution company eleven times "
    "since the last review and enclose the log of interruptions, the estimate for a dedicated feeder "
    "and the consent of all 214 units to share its cost in proportion to their sanctioned load. "
) * 2
NOBODY_IN = ("2024-25-Q3", "2024-25-Q4")
LARGE = 1_000
"""Rupees of the sample are multiplied by this: a cluster with a budget of ₹ 2,500 crore."""


def nobody() -> Snapshot:
    """A registry whose first two quarters were closed without a single update."""
    whole = sample()
    blank = {name: getattr(whole, name).iloc[:0] for name in COLUMNS}
    scores, reporting, findings = [], [], []
    for key in NOBODY_IN:
        owing = whole.registry.active_in(key)
        scores += [(key, code, "missing", None, "no_data", 0.0) for code in owing["code"]]
        for form, count in owing["form"].value_counts(sort=False).items():
            reporting.append((key, form, int(count), 0, 0, 0, int(count)))
            found = (key, form, 1, "M02", "warning", "", "", "0", "0.8", "", False, "")
            findings.append(found)
    closings = [(key, 1, Quarter.parse(key).closes_at) for key in NOBODY_IN]
    filled = {
        "closings": pd.DataFrame(closings, columns=COLUMNS["closings"]),
        "scores": pd.DataFrame(scores, columns=COLUMNS["scores"]).astype({"composite": float}),
        "reporting": pd.DataFrame(reporting, columns=COLUMNS["reporting"]),
        "findings": pd.DataFrame(findings, columns=COLUMNS["findings"]),
    }
    return replace(whole, as_of=datetime(2025, 5, 3, 11, 30, tzinfo=IST), **blank | filled)


def hardest(last: str = "2025-26-Q4") -> Snapshot:
    """Long names and texts, rupees by the thousand crore, a third of the figures missing, the rest
    restated, and every department asked."""
    whole = sample(last)
    names = whole.registry.agencies.set_index("code").loc[list(LONG_NAMES)].reset_index()
    for language, place in (("en", 0), ("hi", 1)):
        names[f"name_{language}"] = [LONG_NAMES[code][place] for code in names["code"]]
        names[f"cluster_{language}"] = names[f"name_{language}"]
    entries = _of_these(whole.entries).assign(text=LONG_TEXT.strip())
    entries["request"] = entries["request"].where(entries["request"] == "", LONG_TEXT.strip())
    entries["amount"] = entries["amount"] * LARGE
    facts = _much_larger(_of_these(whole.facts), whole)
    facts = facts[facts.index % 3 != 0]
    return replace(
        whole,
        registry=replace(
            whole.registry,
            agencies=names,
            targets=_much_larger(_of_these(whole.registry.targets), whole),
            baselines=_much_larger(_of_these(whole.registry.baselines), whole),
        ),
        facts=facts,
        scores=_of_these(whole.scores),
        group_scores=_of_these(whole.group_scores),
        findings=_of_these(whole.findings).assign(observed="12345678901", expected="98765432109"),
        entries=entries,
        actions=_asked_of_all(whole),
        restatements=_restated(facts, last),
    )


def _of_these(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["agency"].isin(LONG_NAMES)].reset_index(drop=True)


def _much_larger(rows: pd.DataFrame, whole: Snapshot) -> pd.DataFrame:
    rupees = rows["indicator"].map(
        lambda code: code in whole.framework.by_code and whole.framework.by_code[code].unit == "inr"
    )
    return rows.assign(hundredths=rows["hundredths"].where(~rupees, rows["hundredths"] * LARGE))


def _asked_of_all(whole: Snapshot) -> pd.DataFrame:
    """Each department is asked twice in the last quarter and once before; themes take turns."""
    departments, themes = list(whole.reference.departments), list(whole.reference.themes)
    quarters = sorted(whole.closings["quarter"])[-2:]
    rows = []
    for turn, quarter in enumerate((quarters[0], quarters[1], quarters[1])):
        for place, department in enumerate(departments):
            agency = list(LONG_NAMES)[(turn + place) % len(LONG_NAMES)]
            urgency = ("high", "medium", "low")[place % 3]
            number = f"PA-{quarter}-{turn * 100 + place + 1:03d}"
            theme = themes[(turn + place) % len(themes)]
            said = LONG_TEXT.strip()
            rows.append(
                (
                    *(number, quarter, agency, department, theme, said, said, urgency),
                    *("MSE-CDP, SFURTI", Quarter.parse(quarter).half.dispatch_at),
                )
            )
    return pd.DataFrame(rows, columns=COLUMNS["actions"])


def _restated(facts: pd.DataFrame, last: str) -> pd.DataFrame:
    """Every figure that is left of the last quarter, to a hundred times what it was."""
    rows = facts[facts["quarter"] == last]
    return pd.DataFrame(
        {
            "quarter": rows["quarter"],
            "agency": rows["agency"],
            "indicator": rows["indicator"],
            "dimension": rows["dimension"],
            "old": rows["hundredths"] // 100,
            "new": rows["hundredths"],
            "reason": "आँकड़े हजार में लिखे गए थे; the figures had been written in thousands.",
            "at": Quarter.parse(last).closes_at + timedelta(days=2),
        }
    )


PROGRAMMES: dict[str, Callable[[], Snapshot]] = {
    "sample": cache(sample),
    "nobody": cache(nobody),
    "hardest": cache(hardest),
}
QUARTERS = {"sample": "2025-26-Q4", "nobody": NOBODY_IN[0], "hardest": "2025-26-Q4"}
"""The quarter shown of each, with its half and its year."""


@dataclass(frozen=True)
class Shown:
    """One document of one of the programmes."""

    programme: str
    kind: DocumentKind
    period: AnyPeriod
    subject: str
    language: str

    def __str__(self) -> str:
        return f"{self.programme}-{self.kind}-{self.period.key}-{self.subject}-{self.language}"

    @property
    def snapshot(self) -> Snapshot:
        return PROGRAMMES[self.programme]()

    @property
    def content(self) -> Content:
        key = DocumentKey(self.kind, self.period, self.subject, self.language, "pdf")
        return _note(key) if self.kind is RESTATEMENT_NOTE else build_content(key, self.snapshot)


def _note(key: DocumentKey) -> Content:
    """What a note says when everything it replaces was printed before all of it was restated."""
    after = PROGRAMMES["hardest"]()
    last = after.facts["quarter"] == QUARTERS["hardest"]
    earlier = after.facts["hundredths"].where(~last, after.facts["hundredths"] // 100)
    before = replace(
        after,
        facts=after.facts.assign(hundredths=earlier),
        restatements=after.restatements.iloc[:0],
        as_of=Quarter.parse(QUARTERS["hardest"]).closes_at,
    )
    sent = replace(key, kind=POLICY_ACTIONS)
    old, new = build_content(sent, before), build_content(sent, after)
    edition = restatement_note.ComparedEdition(sent, f"{sent.reference}/1", before.as_of, old, new)
    return restatement_note.build_restatement_note(
        key, DocumentText(after, key.language), key.subject, (edition,), before.as_of
    )


def shown(programme: str) -> Iterator[Shown]:
    """Each kind of document of one quarter, its half and its year, in both languages: the ones about
    the whole, and of agencies and departments those with the most and the least to say."""
    snapshot = PROGRAMMES[programme]()
    quarter = Quarter.parse(QUARTERS[programme])
    half = quarter.half
    for period in (quarter, half, half.year):
        keys = [key for key in list_document_keys(snapshot, period) if key.format == "pdf"]
        for kind in dict.fromkeys(key.kind for key in keys):
            subjects = dict.fromkeys(key.subject for key in keys if key.kind is kind)
            for subject in _telling(snapshot, period, list(subjects)):
                for language in ("en", "hi"):
                    yield Shown(programme, kind, period, subject, language)
    if programme == "hardest":
        for language in ("en", "hi"):
            yield Shown(programme, RESTATEMENT_NOTE, half, "DOIC", language)


def _telling(snapshot: Snapshot, period: AnyPeriod, subjects: list[str]) -> list[str]:
    """Of many agencies, one of each form; of many departments, who is asked most and least."""
    agencies, departments = snapshot.agencies, snapshot.reference.departments
    forms = {agencies[code]["form"]: code for code in reversed(subjects) if code in agencies}
    asked = snapshot.select_rows_in_quarters("actions", period.quarters)[
        "department"
    ].value_counts()
    by_weight = sorted(
        (one for one in subjects if one in departments), key=lambda one: -asked.get(one, 0)
    )
    others = [one for one in subjects if one not in agencies and one not in departments]
    return list(dict.fromkeys([*others, *forms.values(), *by_weight[:1], *by_weight[-1:]]))
