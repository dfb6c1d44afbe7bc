"""A framework with tables that have all kinds of rules, made from what is shipped."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import yaml
from tests.factories import INCLUDE

from cpsa.calendar import Quarter
from cpsa.framework.loader import load_framework
from cpsa.framework.model import Framework

SHIPPED = INCLUDE / "programme" / "framework"
FIRST = "2017-18-Q1"
ADDED = ".tables.yaml"  # the programme's own tables
FILE = f"{FIRST}.tables.yaml"
QUARTER = Quarter.parse("2026-27-Q1")


def label(text: str) -> dict[str, str]:
    return {"en": text, "hi": f"हिंदी {text}"}


def column(type_: str, text: str, **more: object) -> dict[str, object]:
    return {"label": label(text), "type": type_, **more}


def rule(kind: str, shows: str, severity: str = "error", **parameters: object) -> dict[str, Any]:
    """A rule of a kind; its texts use what a rule about a table may use."""
    said = label("{label}{dimension}: {observed}, expected {expected}.")
    entry: dict[str, Any] = {"kind": kind, "severity": severity, "shows": shows}
    entry |= {"title": label(kind), "message": said, "correct": label("Correct it.")}
    return entry | ({"parameters": parameters} if parameters else {})


def make_tables() -> dict[str, Any]:
    """Applications of a facilitation centre, and steps of a cluster, with a rule of each kind."""
    steps = {code: label(code) for code in ("CCC", "SPV", "DPR")}
    return {
        "tables": {
            "applications": {
                "form": "FC",
                "label": label("Applications"),
                "guidance": label("One row for each department and scheme."),
                "source": "Chapter 4.5.4",
                "key": ["department", "scheme"],
                "faults": "return",
                "pending": {
                    "department": "department",
                    "subject": "scheme",
                    "number": "pending",
                    "old": "over_30",
                    "old_days": 30,
                },
                "columns": {
                    "department": column("choice", "Department", list="department"),
                    "scheme": column("choice", "Scheme", list="scheme", open=True),
                    "opening": column("count", "Opening", prefill="pending"),
                    "filed": column("count", "Filed", required=True),
                    "approved": column("count", "Approved"),
                    "pending": column(
                        "count", "Pending", add=["opening", "filed"], subtract=["approved"]
                    ),
                    "over_30": column("count", "Pending over 30 days"),
                },
            },
            "steps": {
                "form": "IA",
                "label": label("Steps"),
                "guidance": label("The dates of each step."),
                "source": "Chapter 4.4",
                "key": ["step"],
                "faults": "leave_out",
                "fixed_rows": True,
                "steps": {"reached": "actual", "planned": "planned", "pending_with": "office"},
                "funding": {"due": "due", "received": "received"},
                "columns": {
                    "step": column("choice", "Step", choices=steps),
                    "planned": column("date", "Planned", prefill="planned"),
                    "actual": column("date", "Actual", prefill="actual"),
                    "received": column("inr", "Received"),
                    "due": column("inr", "Due", signed=False),
                    "office": column("text", "Office"),
                },
            },
        },
        "rules": {
            "T01": {**rule("table_value", "text"), "expects": "cause"},
            "T02": rule("table_sums", "quantity", table="applications", sums={"filed": "FA3"}),
            "T03": rule("table_dates_by_row", "text", table="steps", column="actual"),
            "T04": rule(
                "table_dates_by_column",
                "text",
                "warning",
                table="steps",
                columns=["planned", "actual"],
            ),
            "T05": rule(
                "table_opening",
                "quantity",
                "warning",
                table="applications",
                opening="opening",
                closing="pending",
            ),
            "T06": rule(
                "table_limits",
                "quantity",
                table="applications",
                limits=[["over_30", "pending"]],
                not_negative=["pending"],
            ),
            "T07": rule("table_dates_passed", "text", table="steps", columns=["actual"]),
            "T08": rule(
                "table_dates_apart",
                "text",
                "warning",
                table="steps",
                column="actual",
                first="SPV",
                second="DPR",
                months=1,
            ),
            "T09": rule("table_dates_kept", "text", "warning", table="steps", columns=["planned"]),
        },
    }


def write_framework(folder: Path, tables: dict[str, Any] | None = None) -> Path:
    """The shipped framework with other tables from its first quarter, in a folder of its own."""
    for file in SHIPPED.glob("*.yaml"):
        if not file.name.endswith(ADDED):
            shutil.copy(file, folder)
    content = make_tables() if tables is None else tables
    written = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    (folder / FILE).write_text(written, "utf-8")
    return folder


def load_with_tables(folder: Path) -> Framework:
    return load_framework(QUARTER, write_framework(folder))
