"""``cpsa verify``: exit status, and each fault in a form for people and one for programs."""

from __future__ import annotations

import json
from pathlib import Path

from tests.factories import put, update
from tests.unit.cli.test_command_line import Q1, cpsa, registry  # noqa: F401


def test_status_and_forms(cpsa, registry: Path, tmp_path: Path) -> None:  # noqa: F811
    sent = put(tmp_path / "sent", "IA-A", Q1, update("IA-A", Q1))
    assert cpsa("collect", sent).status == 0
    whole = cpsa("verify")
    assert (whole.status, whole.out.startswith("No damage found.")) == (0, True)
    assert json.loads(cpsa("verify", "--format", "json").out) == []
    (file,) = [path for path in (tmp_path / "home" / "received").glob("*/*") if path.is_file()]
    file.unlink()
    damaged = cpsa("verify", "--format", "json")
    assert damaged.status == 1
    (fault,) = json.loads(damaged.out)
    assert fault | {"file": ""} == {
        "fault": "file_missing", "table": "submission", "row": "id=1", "file": "", "detail": "",
        "what": "The file is missing",
    }  # fmt: skip
    assert fault["file"] == str(file.relative_to(tmp_path / "home"))
    assert "फ़ाइल नहीं मिली" in cpsa("verify", CPSA_LANGUAGE="hi").out
    assert cpsa("verify", "--everything").status == 2
