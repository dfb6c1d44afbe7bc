"""From pages to bytes: Jinja templates with autoescape, one stylesheet, one script, no requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from cpsa import messages, webpages
from cpsa.bilingual import LANGUAGES
from cpsa.public import addresses
from cpsa.public.edition import Edition
from cpsa.public.masking import masked, tongue
from cpsa.public.view import Page

SHARED = {
    "site.css": ("web/document.css", "public/site.css"),
    "search.js": ("public/search.js",),
    "icon.svg": ("public/icon.svg",),
}
"""What both languages share, and the files it is made of."""


class Writer:
    """Fills the templates of ``templates/public``, which share their blocks with documents."""

    def __init__(self, templates: Path) -> None:
        self._templates = Path(templates)
        environment = webpages.environment(self._templates / "public", self._templates / "web")
        environment.filters["kind"] = lambda block: type(block).__name__.lower()
        environment.filters["masked"] = masked
        self._environment = environment

    def shared(self) -> Iterator[tuple[str, bytes]]:
        """The stylesheet, the script and the page on which a reader chooses a language."""
        for name, parts in SHARED.items():
            yield name, b"\n".join((self._templates / part).read_bytes() for part in parts)
        titles = {language: messages.text("public.title", language) for language in LANGUAGES}
        page = self._environment.get_template("choice.html.j2").render(titles=titles)
        yield "index.html", page.encode()

    def write(self, page: Page, edition: Edition) -> bytes:
        other = next(one for one in LANGUAGES if one != edition.language)
        template = self._environment.get_template(page.template)
        text = template.render(
            page=page,
            up=page.up,
            language=edition.language,
            other=other,
            read_other=messages.text("public.read_here", other),
            t=edition,
            words=edition.words,
            speak=lambda said: _spoken(said, edition.language),
            as_of=edition.words.day(edition.snapshot.as_of),
            menu=tuple(
                (address, edition(key))
                for address, key in (
                    (addresses.HOME, "home"),
                    (addresses.NAMES, "names"),
                    (addresses.DISTRICTS, "districts"),
                    (addresses.quarter(edition.quarter), "quarter"),
                    (addresses.CHECKS, "checks"),
                    (addresses.DATA, "data"),
                )
            ),
            **page.held,
        )
        return text.encode()


def _spoken(said: str, language: str) -> Markup:
    """The attribute that tells a reader's voice in which language a text is, where it changes."""
    other = tongue(said, language)
    return Markup(f' lang="{other}"' if other else "")
