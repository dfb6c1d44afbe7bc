"""A snapshot made straight from the sample programme, without store, checks or scoring.

Scores, findings and reporting come from the golden results, figures from the accepted update files.
Decisions and restatements are made up here, since the sample has none.
"""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pandas as pd
from tests.factories import PROGRAMME_AGENCY, form_of, known_codes

from cpsa import figures
from cpsa.calendar import IST, Quarter, is_quarter_key
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework
from cpsa.provenance.snapshot import COLUMNS, Snapshot
from cpsa.reference.programme_in_use import use_programme
from cpsa.reference.reference_data import Reference
from cpsa.registry import registry_files

REPOSITORY = Path(__file__).resolve().parents[3]
INCLUDE = REPOSITORY / "include"
SAMPLE = INCLUDE / "sample"
EXPECTED = REPOSITORY / "tests" / "golden" / "expected"
TEMPLATES = INCLUDE / "templates"
use_programme(INCLUDE / "programme")
NO_GROUPS = {"agency", "quarter", "state", "composite", "status", "coverage"}
AS_OF = datetime(2026, 5, 10, 11, 30, tzinfo=IST)


@cache
def sample(last: str = "2025-26-Q4", as_of: datetime = AS_OF) -> Snapshot:
    """The sample programme with everything up to a quarter, as of an instant."""
    framework = load_framework(Quarter.parse(last), INCLUDE / "programme" / "framework")
    scores = _read("scores.csv", last)
    entries = _entries(last)
    actions = _actions(entries)
    return Snapshot(
        as_of=as_of,
        framework=framework,
        reference=Reference.load(INCLUDE / "programme" / "reference"),
        registry=registry_files.read_registry_folder(SAMPLE / "registry", known_codes()),
        facts=_facts(scores, framework),
        closings=_closings(last),
        publications=_publications(last),
        scores=scores.astype({"composite": float, "coverage": float}),
        group_scores=_group_scores(scores),
        reporting=_read("reporting.csv", last).assign(
            on_time=lambda rows: rows["received"].astype(int) - 1,
            expected=lambda rows: rows["expected"].astype(int),
            received=lambda rows: rows["received"].astype(int),
            accepted=lambda rows: rows["accepted"].astype(int),
            requested=lambda rows: rows["expected"].astype(int),
        ),
        findings=_findings(last),
        entries=entries,
        actions=actions,
        decisions=_decisions(actions),
        restatements=_restatements(),
        letters=pd.DataFrame(columns=COLUMNS["letters"]),
        due_dates=pd.DataFrame(columns=COLUMNS["due_dates"]),
    )


def empty(snapshot: Snapshot, *frames: str) -> Snapshot:
    """The same snapshot with nothing in some frames."""
    return replace(snapshot, **{name: getattr(snapshot, name).iloc[:0] for name in frames})


def with_entry(snapshot: Snapshot, **values: object) -> Snapshot:
    """The same snapshot with one more entry, and its action where it asks for one."""
    entry = dict.fromkeys(COLUMNS["entries"]) | values
    entries = pd.concat([snapshot.entries, pd.DataFrame([entry])], ignore_index=True)
    return replace(snapshot, entries=entries, actions=_actions(entries))


def _read(name: str, last: str) -> pd.DataFrame:
    rows = pd.read_csv(EXPECTED / name, dtype=str, keep_default_na=False)
    return rows[rows["quarter"] <= last].replace({"composite": {"": None}}).reset_index(drop=True)


def _group_scores(scores: pd.DataFrame) -> pd.DataFrame:
    long = scores.melt(
        ["quarter", "agency"],
        [name for name in scores.columns if name not in NO_GROUPS],
        "group",
        "score",
    )
    return long[long["score"] != ""].astype({"score": float}).reset_index(drop=True)


def _findings(last: str) -> pd.DataFrame:
    rows = _read("findings.csv", last)
    # A rule on values says its cause by a key of the catalogue; it has none here.
    expected = ["" if rule.startswith("S") else "2" for rule in rows["rule"]]
    at_closing = [rule.startswith("M") for rule in rows["rule"]]
    return rows.assign(
        version=[0 if closing else 1 for closing in at_closing],
        observed="1",
        expected=expected,
        place="line 3",
        waived=False,
        explanation="",
    )


def _closings(last: str) -> pd.DataFrame:
    keys = sorted(folder.name for folder in (SAMPLE / "updates").iterdir())
    quarters = [Quarter.parse(key) for key in keys if is_quarter_key(key) and key <= last]
    rows = [(quarter.key, 1, quarter.closes_at) for quarter in quarters]
    return pd.DataFrame(rows, columns=COLUMNS["closings"])


def _publications(last: str) -> pd.DataFrame:
    """Each quarter was published on the day after its closing."""
    closings = _closings(last)
    days = [closed_at + timedelta(days=1) for closed_at in closings["closed_at"]]
    return closings[["quarter"]].assign(published_at=days)


def _facts(scores: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    rows = []
    accepted = scores[scores["state"] == "accepted"]
    pairs = [*zip(accepted["agency"], accepted["quarter"], strict=True)]
    pairs += [(PROGRAMME_AGENCY, quarter) for quarter in scores["quarter"].unique()]
    for agency, quarter in pairs:
        file = SAMPLE / "updates" / quarter / f"{agency}.csv"
        reported = _figures(file, framework, form_of(agency))
        received = Quarter.parse(quarter).due_by - timedelta(days=2)
        rows += [
            (agency, quarter, *place, value, "reported", "line 2", 1, received)
            for place, value in reported.items()
        ]
    return pd.DataFrame(rows, columns=COLUMNS["facts"]).astype({"hundredths": "int64"})


def _figures(file: Path, framework: Framework, form: str) -> dict[tuple[str, str], int]:
    reported, nil = {}, False
    with file.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            nil = nil or row["indicator"].strip().upper() == "NIL"
            value = figures.parse_figure(row["value"]).hundredths
            if value is not None and row["indicator"] in framework.by_code:
                dimension = (row["dimension"] or "").strip().lower()
                reported[row["indicator"], "" if dimension == "total" else dimension] = value
    if nil:
        for one in framework.form_indicators(form):
            for dimension in ("", *one.dimensions) if one.is_flow else ():
                reported.setdefault((one.code, dimension), 0)
    return reported


def _entries(last: str) -> pd.DataFrame:
    files = sorted((SAMPLE / "entries").glob("*.csv"))
    frames = [
        pd.read_csv(file, dtype=str, keep_default_na=False) for file in files if file.stem <= last
    ]
    rows = pd.concat(frames, ignore_index=True)
    amounts = [figures.parse_figure(text).hundredths for text in rows["amount"]]
    rates = [figures.parse_figure(text).hundredths for text in rows.get("rate", [""] * len(rows))]
    wholes = {
        name: pd.array([int(text) if text else None for text in texts], dtype="Int64")
        for name in ("people", "units", "women")
        for texts in (rows.get(name, [""] * len(rows)),)
    }
    return rows.assign(
        amount=pd.array(amounts, dtype="Int64"),
        rate=pd.array(rates, dtype="Int64"),
        help=rows.get("help", ""),
        **wholes,
    )


def _actions(entries: pd.DataFrame) -> pd.DataFrame:
    asked = entries[entries["kind"] == "policy_support"].sort_values("quarter", kind="stable")
    count = asked.groupby("quarter").cumcount() + 1
    numbers = [
        f"PA-{quarter}-{number:03d}"
        for quarter, number in zip(asked["quarter"], count, strict=True)
    ]
    # The first mails of earlier half-years were sent on the day; those of the newest not yet.
    halves = [Quarter.parse(quarter).half for quarter in asked["quarter"]]
    newest = max(halves, default=None)
    sent = pd.Series(
        [half.dispatch_at if half < newest else None for half in halves],
        index=asked.index,
        dtype=object,
    )
    made = asked.assign(number=numbers, sent_at=sent)
    return made[list(COLUMNS["actions"])].reset_index(drop=True)


def _decisions(actions: pd.DataFrame) -> pd.DataFrame:
    """Every earlier kind of decision once in turn; most actions are still without one."""
    kinds = ("accepted", "not_pursued", "reply_not_accepted", "done")
    old = actions[actions["quarter"] <= "2025-26-Q1"]
    rows = [
        (
            row.number,
            kinds[place // 2 % 4],
            datetime(2025, 12, 1, 12, tzinfo=IST) + timedelta(days=place),
            "Discussed in the review meeting.",
            "2026-03-31" if kinds[place // 2 % 4] == "accepted" else None,
        )
        for place, row in enumerate(old.itertuples(index=False))
        if place % 2 == 0
    ]
    return pd.DataFrame(rows, columns=COLUMNS["decisions"])


def _restatements() -> pd.DataFrame:
    rows = [
        (
            "2025-26-Q1", "IA-INDPH", "OP2", "women", 21_00, 34_00, "Attendance sheet found.",
            datetime(2026, 1, 14, 10, tzinfo=IST),
        ),
        (
            "2025-26-Q2", "FC-BHO", "FB5", "", None, 1_25_000_00, "Sent after closing.",
            datetime(2026, 2, 3, 10, tzinfo=IST),
        ),
        (
            "2024-25-Q4", "IA-INDPH", "B2", "", 1_00, 2_00, "Before the last document.",
            datetime(2025, 8, 3, 10, tzinfo=IST),
        ),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS["restatements"])
