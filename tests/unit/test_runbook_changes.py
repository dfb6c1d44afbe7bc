"""The files that runbooks tell to write are valid beside what is shipped, and change what their page says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tests.factories import INCLUDE, remove_later_files

from cpsa.framework.amendments import list_newest_amendments
from cpsa.services.check_programme import check_programme

RUNBOOKS = INCLUDE.parent / "docs" / "runbooks"
BLOCK = re.compile(
    r"^```yaml\n# (framework|reference)/([\w.-]+)(.*)\n((?:.*\n)*?)```", re.MULTILINE
)
PAGES = {
    page.stem: found
    for page in sorted(RUNBOOKS.glob("*.md"))
    if (found := BLOCK.findall(page.read_text("utf-8")))
}
# Of each page about the framework: the tables that its file changes.
CHANGED = {
    "change-a-dimension": {"dimensions", "indicators"},
    "change-a-rule": {"rules"},
    "change-a-status": {"statuses", "groups"},
    "add-a-form": {"forms", "groups", "indicators"},
}


@pytest.mark.parametrize("page", PAGES)
def test_what_a_runbook_writes_is_valid(page: str, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(INCLUDE / "programme", tmp_path / "programme"))
    for part, name, where, content in PAGES[page]:
        file = folder / part / name
        appended = "at the end" in where
        assert file.exists() == appended, name
        file.write_text((file.read_text("utf-8") if appended else "") + content, "utf-8")
    assert [
        fault.text("en")
        for fault in check_programme(folder, folder / "framework", folder / "reference")
    ] == []
    newest = {name for part, name, _, _ in PAGES[page] if part == "framework"}
    if newest:
        remove_later_files(folder / "framework", max(newest))
    tables = {
        amendment.table
        for amendment in list_newest_amendments(folder / "framework")
        if amendment.file in newest
    }
    assert CHANGED.get(page, set()) <= tables


def test_every_change_of_the_overview_has_a_file_to_write() -> None:
    text = (RUNBOOKS / "change-the-programme.md").read_text("utf-8")
    linked = set(re.findall(r"\| \[([\w-]+)\]\(", text))
    assert len(linked) == 8
    assert linked - {"add-an-indicator"} == PAGES.keys()
