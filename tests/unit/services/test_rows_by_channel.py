"""Figures that are not surely what their sender saw, by every channel and in every kind of workbook.

One workbook, worked on in LibreOffice and saved as .xlsx, .xls and .ods, through folder, mailbox and
upload: a number format with a unit, an invisible character, a formula whose result is 0, and two
figures moved by cut and paste.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.mailserver import MailServer
from tests.unit.intake.channels.mails import mail
from tests.unit.intake.readers.workbook.conftest import let_the_clerk
from tests.unit.intake.readers.workbook.samples import whole_update
from tests.unit.intake.readers.workbook.test_figures_as_shown import CLERK, FORMATS
from tests.unit.services.test_mailbox import csv_part
from tests.unit.services.test_named_otherwise import AT, NOW, QUARTER, Q, mailed

from cpsa.services.app_context import AppContext
from cpsa.services.collection.collect_mailbox import collect_mailbox
from cpsa.services.collection.collect_updates import collect_updates
from cpsa.services.collection.import_upload import import_upload
from cpsa.services.quarter.check_updates import check_updates
from cpsa.services.reports.list_findings import list_findings
from cpsa.services.workbooks.build_template import build_template

__all__ = ["mailed"]
pytestmark = pytest.mark.nightly

ENTRIES = {
    "in_OP1_total": {"value": 11.8, "code": '0.00" lakh"'},
    "in_OP3_total": {"text": "\u200b12"},
    "in_OP5_total": {"formula": "=0+0"},
}
MOVED = ["in_OP9_total", "in_OP10_total"]


def saved_by_office(office: AppContext, folder: Path) -> dict[str, bytes]:
    """The workbook in each format, as LibreOffice saves it."""
    folder.mkdir()
    content = whole_update(build_template(office, "IA-A", QUARTER))
    (folder / "book.xlsx").write_bytes(content)
    task = {"entries": ENTRIES, "swapped": [MOVED]}
    (folder / "book.json").write_text(json.dumps(task), "utf-8")
    files = let_the_clerk("show", folder, CLERK)
    return {suffix: files[f"book.saved{suffix}"] for suffix in FORMATS}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_is_found_by_every_channel_in_every_format(
    mailed: AppContext, mail_server: MailServer, tmp_path: Path
) -> None:
    files = saved_by_office(mailed, tmp_path / "office")
    version = 0
    for way in ("folder", "mail", "portal"):
        for suffix, content in files.items():
            version += 1
            assert sent(mailed, mail_server, tmp_path, way, suffix, content) == version
            check_updates(mailed, NOW)
            found = list_findings(mailed, QUARTER)
            rows = found[found["version"] == version]
            doubted = set(rows.loc[rows["rule"] == "S01", "indicator"])
            assert doubted == {"OP1", "OP9", "OP10"}, (way, suffix)
            (shown,) = rows.loc[rows["indicator"] == "OP1", "observed"]
            assert "lakh" in shown, (way, suffix)
            assert set(rows.loc[rows["rule"] == "Q08", "indicator"]) == {"OP5"}, (way, suffix)


def sent(
    office: AppContext, server: MailServer, folder: Path, way: str, suffix: str, content: bytes
) -> int:
    """Hand in a file by a channel; the version as which it was received."""
    name = f"IA-A{suffix}"
    if way == "mail":
        part = csv_part(content, name, "application/octet-stream")
        key = f"<{suffix}@office.example.org>"
        server.put(mail(part, sender="ia-a@example.org", message_id=key), at=AT)
        (item,) = collect_mailbox(office, NOW).items
    elif way == "portal":
        item = import_upload(office, "IA-A", QUARTER, name, content, suffix, NOW)
    else:
        file = folder / suffix / Q / name
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        (item,) = collect_updates(office, file, NOW, AT).items
    return item.version
