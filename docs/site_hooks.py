"""What MkDocs does beside its own for this site: pages from outside docs/, the navigation, and links to both.

Imported by MkDocs alone, from mkdocs.yml; the work on texts is in ``site_markdown``.
"""

from __future__ import annotations

import posixpath
import sys
from pathlib import Path
from typing import Any

from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

from docs.site_markdown import adapt_lists, change_links, resolve_path  # noqa: E402

_log = get_plugin_logger(__name__)
# Pages and files outside docs/ by their path in the repository, and where they are in the site.
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "SECURITY.md": "security.md",
    "CHANGELOG.md": "changelog.md",
    "tests/README.md": "tests.md",
    "LICENSE": "LICENSE.txt",
}
_SOURCES = {place: path for path, place in OUTSIDE.items()}


def on_config(config: Any) -> Any:
    """List every page, so that a new one is in the navigation by itself."""
    runbooks = [f"runbooks/{file.name}" for file in sorted((DOCS / "runbooks").glob("*.md"))]
    records = [f"adr/{file.name}" for file in sorted((DOCS / "adr").glob("*.md"))]
    config.nav = [
        {"CPSA Reporting": "index.md"},
        {"For CPSA's staff": ["cli.md", "settings.md", "changelog.md"]},
        {"Runbooks": sorted(runbooks, key=lambda path: not path.endswith("README.md"))},
        {
            "For engineers": [
                *("architecture.md", "domain.md", "glossary.md", "contributing.md", "tests.md"),
                *("data-dictionary.md", "security.md", "renames.md"),
            ]
        },
        {"Measured": ["benchmarks.md", "soak.md", "delivery-soak.md", "mutation.md"]},
        {"Decisions": records},
    ]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add what is outside docs/."""
    for path, place in OUTSIDE.items():
        content = (ROOT / path).read_text("utf-8")
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """The page with its links as they are in the site, and its lists as the parser wants them."""
    place = page.file.src_uri
    source = _SOURCES.get(place, f"docs/{place}")

    def change(target: str) -> str:
        path = resolve_path(source, target)
        at = OUTSIDE.get(path, path.removeprefix("docs/"))
        if path not in OUTSIDE and not path.startswith("docs/"):
            _log.warning(f"{source} links to {target}, which is no page of the site")
        return posixpath.relpath(at, posixpath.dirname(place) or ".")

    return adapt_lists(change_links(markdown, change))
