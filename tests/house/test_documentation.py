"""Pages for people: their links lead somewhere, on a repository's page and in the site."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from docs.site_markdown import adapt_lists, change_links, resolve_path
from tests.house.sources import ROOT

# Pages outside docs/ that are in the site, too; docs/site_hooks.py has the same.
OUTSIDE = {"README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "tests/README.md"}
HOSTS = {"127.0.0.1", "localhost", "pre-commit.com", "updates.example.org"}  # that pages link to
# A lock has names, versions, hashes and comments: no option and no address of a registry.
LOCK_LINE = re.compile(
    r"[a-z0-9][a-z0-9._-]*(\[[\w,-]+\])?==[^\s:]+( ; [^:]+)? \\"
    r"|    --hash=sha256:[0-9a-f]{64}( \\)?|    #( .*)?|#.*|"
)


def list_files() -> list[str]:
    """Every file of the repository, new ones among them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return sorted({path for path in listed if (ROOT / path).is_file()})


def list_pages() -> list[str]:
    return [path for path in list_files() if path.endswith(".md")]


def list_anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as repositories' pages make them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+?)\s*$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def list_links(page: str) -> list[str]:
    """The relative links of a page, without those in code."""
    text = (ROOT / page).read_text("utf-8")
    text = re.sub(r"^ *```.*?^ *```|`[^`\n]+`", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def test_every_page_is_in_the_site_or_left_out_on_purpose() -> None:
    pages = list_pages()
    assert len(pages) > 60
    assert {page for page in pages if not page.startswith("docs/")} == OUTSIDE


@pytest.mark.parametrize("page", list_pages())
def test_links_lead_somewhere(page: str) -> None:
    faults = []
    for link in list_links(page):
        path, _, anchor = link.partition("#")
        target = resolve_path(page, path) if path else page
        if not (ROOT / target).is_file():
            faults.append(f"{link}: no such file")
        elif not target.startswith("docs/") and target not in {*OUTSIDE, "LICENSE"}:
            faults.append(f"{link}: not in the site")
        elif anchor and anchor not in list_anchors(ROOT / target):
            faults.append(f"{link}: no such heading")
    assert faults == []


def test_contributing_names_files_that_are_there() -> None:
    """A newcomer follows it word by word; what the page itself creates is left out."""
    made_by_the_reader = {"include/programme/framework/2027-28-Q1.rules.yaml"}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    named = set(re.findall(r"`(\.?[\w./-]+(?:/|\.(?:py|yaml|yml|md|toml|txt)))`", text))
    named |= set(re.findall(r"tests/[\w/]+\.py", text))
    assert len(named) > 60
    files = [f"/{path}" for path in list_files()]
    assert [
        name
        for name in sorted(named - made_by_the_reader)
        if not any(
            f"/{name}" in path if name.endswith("/") else path.endswith(f"/{name}")
            for path in files
        )
    ] == []


@pytest.mark.parametrize("page", ["CONTRIBUTING.md", "tests/README.md"])
def test_names_for_engineers_are_in_the_code(page: str) -> None:
    """Functions, classes, fields and keys in backticks; what the reader makes by himself is left out."""
    made_by_the_reader = {"dimension_equals_total"}
    text = re.sub(r"^ *```.*?^ *```", "", (ROOT / page).read_text("utf-8"), flags=re.M | re.S)
    named = set(re.findall(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\(\))?`", text))
    named = {name for name in named if not name.endswith((".py", ".md", ".yaml"))}
    assert len(named) > 10
    code = {
        word
        for path in list_files()
        if path.endswith((".py", ".yaml", ".toml")) or path.startswith((".ci/", "Makefile"))
        for word in re.findall(r"\w+", (ROOT / path).read_text("utf-8"))
    }
    unknown = {name for name in named if not code.issuperset(name.split("."))}
    assert unknown - made_by_the_reader == set()


def test_no_page_or_lock_names_a_registry() -> None:
    for page in list_pages():
        text = (ROOT / page).read_text("utf-8")
        assert set(re.findall(r"https?://([\w.-]+\w)", text)) <= HOSTS, page
        assert not re.search(r"\b(pip3?|uv)\b[^\n`]* --?[a-z]", text), page
    for lock in sorted(ROOT.glob("requirements*.txt")):
        lines = lock.read_text("utf-8").splitlines()
        assert [line for line in lines if not LOCK_LINE.fullmatch(line)] == [], lock.name
        assert not any("://" in line for line in lines), lock.name


def test_links_are_changed_where_they_are_links() -> None:
    text = "[a](x.md#b) and `[c](d.md)`\n\n```md\n[e](f.md)\n```\n![g](h.png) [i](https://j.example.org) [k](#l)"
    changed = change_links(text, lambda target: f"up/{target}")
    assert changed == (
        "[a](up/x.md#b) and `[c](d.md)`\n\n```md\n[e](f.md)\n```\n"
        "![g](up/h.png) [i](https://j.example.org) [k](#l)"
    )


def test_lists_are_adapted_and_their_words_stay() -> None:
    page = """\
Before:
- first
  goes on
1. **Write**:

   ```yaml
   a: 1
     b: 2
   ```

   More of it.
   - inner
2. Second

       code

After.

```sh
- no item
   stays
```
"""
    assert (
        adapt_lists(page)
        == """\
Before:

- first
    goes on
1. **Write**:


        a: 1
          b: 2


    More of it.
    - inner
2. Second

        code

After.

```sh
- no item
   stays
```
"""
    )


def test_sections_of_the_domain_that_the_code_names_are_there() -> None:
    headings = set(
        re.findall(r"^## (.+)$", (ROOT / "docs/domain.md").read_text("utf-8"), re.MULTILINE)
    )
    named = {
        (path, section)
        for path in list_files()
        if path.endswith(".py")
        for section in re.findall(
            r'domain\.md(?:\'s)?(?:,|\s\()\s*"([^"]+)"', (ROOT / path).read_text("utf-8")
        )
    }
    assert len(named) > 20
    assert {one for one in named if one[1] not in headings} == set()
