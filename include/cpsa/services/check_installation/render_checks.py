"""What documents are made with: fonts for both scripts, and templates."""

from __future__ import annotations

from collections.abc import Iterator

from cpsa.services.check_installation.installation_check import InstallationCheck, fault, ok
from cpsa.settings import Settings

_SAMPLE = "Quarterly update ₹ तिमाही प्रतिवेदन"


def check_rendering(settings: Settings) -> Iterator[InstallationCheck]:
    """Fonts have every letter of a sample in both languages; the templates of documents are there."""
    from cpsa.documents.render.glyphs import Glyphs
    from cpsa.documents.render.pdf import list_bundled_fonts

    try:
        printable = Glyphs.from_folders(list_bundled_fonts()).printable(_SAMPLE)
    except (ImportError, OSError, IndexError, ValueError):
        printable = ""
    if printable != _SAMPLE:
        yield fault("fonts")
    else:
        yield ok("fonts")
    document = settings.templates / "typst" / "document.typ"
    if not document.is_file():
        yield fault("templates", file=document)
