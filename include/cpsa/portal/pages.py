"""From what a page shows to HTML: everything is escaped, and a name nobody defined raises.

What belongs here: the templates' environment and the few words every page needs. What must not:
what is on any one page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import jinja2
from starlette.responses import HTMLResponse

from cpsa import messages
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import IST, Quarter


@dataclass(frozen=True)
class Fault:
    """One line of the summary over a form: what to mend, and the id of its field."""

    text: str
    anchor: str = ""


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

    def quarter(self, quarter: Quarter) -> str:
        return quarter.label(self.language)

    def due(self, quarter: Quarter) -> str:
        """The last day on which an update is in time."""
        return self.date(quarter.due_by - timedelta(seconds=1))

    def date(self, instant: datetime) -> str:
        return f"{instant.astimezone(IST):%d-%m-%Y}"

    def moment(self, instant: datetime) -> str:
        """India's date and time, and whose they are."""
        return self("portal.moment", at=f"{instant.astimezone(IST):%d-%m-%Y, %H:%M}")


class Pages:
    """The portal's templates, each filled in one language."""

    def __init__(self, templates: Path, root: str) -> None:
        folder = templates / "portal"
        self.stylesheet = (folder / "portal.css").read_bytes()
        self._style = f"{root}/portal.css?{hashlib.sha256(self.stylesheet).hexdigest()[:12]}"
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["style"] = self._style

    def page(self, name: str, language: str, status: int = 200, **content: object) -> HTMLResponse:
        template = self._environment.get_template(f"{name}.html.j2")
        html = template.render(t=Words(language), language=language, **content)
        return HTMLResponse(html, status)

    def problem(
        self,
        status: int,
        title: str,
        lines: Sequence[tuple[str, Mapping[str, object]]],
        language: str | None,
        back: str = "",
    ) -> HTMLResponse:
        """Say what went wrong: in the reader's language, in both where it is not known."""
        languages = [language] if language else list(LANGUAGES)
        said = [
            {
                "language": one,
                "title": messages.text(title, one),
                "lines": [messages.text(key, one, **params) for key, params in lines],
            }
            for one in languages
        ]
        return self.page("problem", languages[0], status, said=said, back=back)
