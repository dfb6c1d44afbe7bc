"""From what a page shows to HTML: everything is escaped, and a name nobody defined raises.

What belongs here: the templates' environment and the words pages say things with. What must not:
what is on any one page.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import jinja2

from cpsa import messages
from cpsa.actions.decision import Decision
from cpsa.bilingual import LANGUAGES, Text
from cpsa.board.post import COLUMNS
from cpsa.calendar import IST, AnyPeriod, Quarter


class Words:
    """What templates say things with, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **params: object) -> str:
        return messages.text(key, self.language, **params)

    @property
    def other(self) -> str:
        """The language that this page is not in."""
        return next(one for one in LANGUAGES if one != self.language)

    def in_other(self, key: str) -> str:
        return messages.text(key, self.other)

    def label(self, text: Text) -> str:
        return text.in_(self.language)

    def period(self, period: AnyPeriod) -> str:
        return period.label(self.language)

    def state(self, state: str) -> str:
        return self(f"board.state.{state}")

    def tile(self, name: str) -> str:
        return self(f"board.tile.{name}")

    def column(self, name: str) -> str:
        return self(f"board.column.{name}")

    def mail(self, column: str) -> str:
        return self(f"board.mail.{column}")

    def kind(self, kind: str) -> str:
        return self(f"board.kind.{kind}")

    def severity(self, severity: str) -> str:
        return self(f"board.severity.{severity}")

    def rates(self, part: str) -> str:
        return self(f"board.rates.{part}")

    def pendency(self, column: str) -> str:
        return self(f"board.pendency.{column}")

    def decision(self, decision: str) -> str:
        return self.label(Decision(decision).label)

    def date(self, instant: datetime) -> str:
        return f"{instant.astimezone(IST):%d-%m-%Y}"

    def due(self, quarter: Quarter) -> str:
        """The last day on which an update is in time."""
        return self.date(quarter.due_by - timedelta(seconds=1))

    def moment(self, instant: datetime) -> str:
        return f"{instant.astimezone(IST):%d-%m-%Y %H:%M}"

    def run(self, state: str) -> str:
        """A run's state in words, or as the scheduler calls it where we have none."""
        key = f"board.run.{state}"
        return self(key) if key in messages.catalogue() else state


def number(value: int) -> str:
    """Digits grouped as in India: 1,25,000."""
    digits = str(value)
    head, tail = digits[:-3], digits[-3:]
    parts = [head[max(0, at - 2) : at] for at in range(len(head), 0, -2)][::-1]
    return ",".join([*parts, tail])


def percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"


class Pages:
    """The board's templates, each filled in one language."""

    def __init__(self, templates: Path) -> None:
        folder = templates / "board"
        self.stylesheet = (folder / "board.css").read_bytes()
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["style"] = (
            f"board.css?{hashlib.sha256(self.stylesheet).hexdigest()[:12]}"
        )
        self._environment.globals["mail_columns"] = tuple(COLUMNS)
        self._environment.filters |= {
            "number": number,
            "percent": percent,
            "step": lambda text: quote(text, safe=""),
            "query": urlencode,
        }

    def page(self, name: str, language: str, **content: object) -> str:
        template = self._environment.get_template(f"{name}.html.j2")
        return template.render(t=Words(language), language=language, **content)
