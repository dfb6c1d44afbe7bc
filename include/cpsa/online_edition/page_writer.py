"""From pages to bytes: Jinja templates with autoescape, one stylesheet, one script, no requests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markupsafe import Markup

from cpsa.documents.content_model import get_block_kind
from cpsa.i18n import catalogue
from cpsa.i18n.template_environment import make_page_environment
from cpsa.i18n.template_files import find_template_file
from cpsa.i18n.text import LANGUAGES, get_other_language
from cpsa.online_edition import page_addresses
from cpsa.online_edition.contact_mask import detect_other_language, mask_contacts
from cpsa.online_edition.page_model import Page
from cpsa.online_edition.site_edition import SiteEdition

SHARED = {
    "site.css": (("web", "document.css"), ("public", "site.css")),
    "search.js": (("public", "search.js"),),
    "icon.svg": (("public", "icon.svg"),),
}
"""What both languages share, and the files it is made of."""


class PageWriter:
    """Fills the templates of ``templates/public``, which share their blocks with documents."""

    def __init__(self, templates: Path) -> None:
        self._templates = Path(templates)
        environment = make_page_environment(self._templates / "public", self._templates / "web")
        environment.filters["kind"] = get_block_kind
        environment.filters["masked"] = mask_contacts
        self._environment = environment

    def write_shared(self) -> Iterator[tuple[str, bytes]]:
        """The stylesheet, the script and the page on which a reader chooses a language."""
        for name, parts in SHARED.items():
            files = (find_template_file(self._templates / place, part) for place, part in parts)
            yield name, b"\n".join(file.read_bytes() for file in files)
        titles = {language: catalogue.text("public.title", language) for language in LANGUAGES}
        page = self._environment.get_template("choice.html.j2").render(titles=titles)
        yield "index.html", page.encode()

    def write(self, page: Page, edition: SiteEdition) -> bytes:
        other_language = get_other_language(edition.language)
        template = self._environment.get_template(page.template)
        text = template.render(
            page=page,
            up=page.up,
            language=edition.language,
            other=other_language,
            read_other=catalogue.text("public.read_here", other_language),
            t=edition,
            words=edition.words,
            speak=lambda content: _make_lang_attribute(content, edition.language),
            as_of=edition.words.day(edition.snapshot.as_of),
            menu=tuple(
                (address, edition(key))
                for address, key in (
                    (page_addresses.HOME, "home"),
                    (page_addresses.NAMES, "names"),
                    (page_addresses.DISTRICTS, "districts"),
                    (page_addresses.make_quarter_address(edition.quarter), "quarter"),
                    (page_addresses.CHECKS, "checks"),
                    (page_addresses.DATA, "data"),
                )
            ),
            **page.context,
        )
        return text.encode()


def _make_lang_attribute(text: str, language: str) -> Markup:
    """The attribute that gives screen readers the language of a text, where it changes."""
    other_language = detect_other_language(text, language)
    return Markup(f' lang="{other_language}"' if other_language else "")
