"""WeasyPrint as a reference: the web edition of a document, with its print stylesheet, as a PDF.

It gets the font we set with, so that both set the same letters, and makes a plain PDF,
without the tags and the archival form that ours has. Its libraries (Pango) may be absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cpsa.documents.render.pdf import list_bundled_fonts

NOT_INSTALLED_NOTE = (
    "not measured against WeasyPrint, which needs Pango "
    "(Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0)"
)
_PAGE_CSS = """@page { size: A4; margin: 22mm 20mm 20mm; }
@font-face { font-family: "Noto Sans"; src: url("%s"); font-weight: 100 900; }"""


def make_writer() -> Callable[[bytes], bytes] | None:
    """Makes a PDF of a page; None where WeasyPrint cannot work."""
    try:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration
    except (ImportError, OSError):
        return None
    fonts = FontConfiguration()
    (folder,) = list_bundled_fonts()
    file = next(path for path in sorted(folder.rglob("*.ttf")) if "Italic" not in path.name)
    style: Any = weasyprint.CSS(string=_PAGE_CSS % file.as_uri(), font_config=fonts)

    def write(page: bytes) -> bytes:
        document = weasyprint.HTML(string=page.decode())
        result: bytes = document.write_pdf(stylesheets=[style], font_config=fonts)
        return result

    return write
