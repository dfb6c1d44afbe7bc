"""Writes the pages and pictures of docs/ that are made from the code: ``python -m docs.make_reference``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from docs.make_cli_page import build_cli_page
from docs.make_data_dictionary import build_dictionary
from docs.make_diagrams import build_parts_diagram, build_quarter_diagram
from docs.make_settings_page import build_settings_page

DOCS = Path(__file__).resolve().parent
PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": build_cli_page,
    "data-dictionary.md": build_dictionary,
    "pictures/parts.svg": build_parts_diagram,
    "pictures/quarter.svg": build_quarter_diagram,
    "settings.md": build_settings_page,
}

if __name__ == "__main__":
    for name, build_page in PAGES.items():
        (DOCS / name).write_text(build_page(), "utf-8")
