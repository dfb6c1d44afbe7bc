"""Renders the board's pages as HTML: everything is escaped, and an undefined name raises.

What belongs here: the templates and the texts of the board's pages. What must not:
what is on any one page.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlencode

from cpsa import figures
from cpsa.actions.decision import Decision
from cpsa.i18n import catalogue
from cpsa.translator import Translator
from cpsa.web.board.mail_counts import MAIL_COLUMNS
from cpsa.web.page_templates import PageTemplates


class BoardText(Translator):
    """The texts of the board's templates in one language."""

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

    def address(self, root: str, address: str) -> str:
        """The link to an item: a page of the board in this language, or an address elsewhere."""
        if address.startswith(("/", "http:", "https:")):
            return address
        path, mark, anchor = address.partition("#")
        joint = "&" if "?" in path else "?"
        return f"{root}/{path}{joint}language={self.language}{mark}{anchor}"

    def mails(self, column: str) -> str:
        return self(f"board.mails.{column}")

    def mail_state(self, state: str) -> str:
        return self(f"board.mail_state.{state}")

    def channel(self, channel: str) -> str:
        return catalogue.describe_channels([channel], self.language)

    def channels(self, codes: str) -> str:
        """Channels in words; ``codes``: as stored, by commas."""
        return catalogue.describe_channels(codes.split(","), self.language)

    def run(self, state: str) -> str:
        """A run's state as text, or as the scheduler names it where there is none."""
        key = f"board.run.{state}"
        return self(key) if catalogue.has_text(key) else state


def format_percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} %"


class BoardPages(PageTemplates):
    """The board's templates, each filled in one language."""

    text_class = BoardText

    def __init__(self, templates: Path) -> None:
        super().__init__(templates, "board")
        self.stylesheet = self.load_file("board.css", "style")
        self._environment.globals["mail_columns"] = tuple(MAIL_COLUMNS)
        self._environment.filters |= {
            "number": figures.group_indian,
            "percent": format_percent,
            "step": lambda text: quote(text, safe=""),
            "query": urlencode,
        }

    def page(self, name: str, language: str, **content: object) -> str:
        return self.render(name, language, **content)
