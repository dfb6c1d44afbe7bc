"""Every input of a document has a digest of its own: equal for equal content, told when it changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest
from tests.factories import Clerk, RegistryFolder, day_after_quarter

from cpsa.calendar import Quarter
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.publication import document_inputs
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.quarter.load_registry import load_registry
from cpsa.store import database
from cpsa.store.database import read_transaction
from cpsa.store.queries import document_queries

pytestmark = pytest.mark.slow

Q1 = Quarter.parse("2025-26-Q1")
LATER = Quarter.parse("2026-27-Q1").opens_at
PAGE = f"{Q1.key}/quarterly_update/IA-A.en.html"
NOON = datetime(2025, 8, 1, 12, 30, 0, 250, UTC)


@pytest.fixture
def built(clerk: Clerk, tmp_path: Path) -> AppContext:
    """A quarter closed and built from folders of its own."""
    settings = clerk.office.settings
    own = {name: tmp_path / name for name in ("templates", "reference", "framework")}
    for name, folder in own.items():
        shutil.copytree(getattr(settings, name), folder)
    office = AppContext(replace(settings, **own), clerk.office.engine)
    load_registry(
        office,
        RegistryFolder(agencies={"IA-A": Q1.key}).write(tmp_path / "registry"),
        day_after_quarter(Q1.key),
    )
    clerk.send("IA-A", Q1.key, {"A1": 4, "A2": 2})
    clerk.close(Q1.key)
    build_documents(office, Q1, LATER)
    return office


def columns(instants: list, counts: list, flags: list) -> pd.DataFrame:
    return pd.DataFrame({"at": instants, "count": counts, "flag": flags, "text": ["क", None, ""]})


def test_the_same_content_has_the_same_digest_whatever_its_types() -> None:
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    plain = columns([NOON, None, NOON], [1, None, 3], [True, False, True])
    typed = columns(
        pd.Series([elsewhere, None, NOON]).astype("datetime64[us, UTC]").tolist(),
        pd.array([1, None, 3], dtype="Int64").tolist(),
        [1, 0, 1],
    ).astype({"count": "Int64", "at": "datetime64[ns, UTC]"})
    assert document_inputs.digest_frame(plain) == document_inputs.digest_frame(typed)
    assert document_inputs.digest_frame(plain) == document_inputs.digest_frame(
        plain.astype({"count": "float64"})
    )
    assert document_inputs.digest_frame(plain) == document_inputs.digest_frame(
        plain.assign(closing_id=[7, 8, 9])
    )


def test_other_content_has_another_digest() -> None:
    frame = columns([NOON, None, NOON], [1, None, 3], [True, False, True])
    others = [
        frame.assign(count=[1, 3, None]),
        frame.assign(text=["क", "", None]),
        frame.assign(at=[NOON, None, NOON + timedelta(microseconds=1)]),
        frame.iloc[::-1],
        frame.iloc[:2],
        frame.rename(columns={"count": "counts"}),
        pd.DataFrame({"text": ["a", "b"]}),
        pd.DataFrame({"text": ["ab", ""]}),
        pd.DataFrame({"text": ["a", "a"]}),
    ]
    digests = [document_inputs.digest_frame(one) for one in (frame, *others)]
    assert len(set(digests)) == len(digests)


def alter_template(office: AppContext) -> None:
    sheet = office.settings.templates / "web" / "document.css"
    sheet.write_text(sheet.read_text("utf-8") + "\n/* restyled */\n", "utf-8")


def alter_reference(office: AppContext) -> None:
    (office.settings.reference / "more.yaml").write_text("{}", "utf-8")


def alter_framework(office: AppContext) -> None:
    amended = "groups:\n  outcome: {form: IA, label: {en: Results, hi: परिणाम}, weight: 0.4}\n"
    (office.settings.framework / f"{Q1.key}.labels.yaml").write_text(amended, "utf-8")


@pytest.mark.parametrize(
    ("alter", "changed"),
    [
        (alter_template, ("templates",)),
        (alter_reference, ("reference",)),
        (alter_framework, ()),  # a closed quarter keeps its own
    ],
)
def test_what_changed_is_named(
    built: AppContext, alter: Callable[[AppContext], None], changed: tuple[str, ...]
) -> None:
    assert rebuild_document(built, PAGE).changed == ()
    alter(built)
    assert rebuild_document(AppContext(built.settings, built.engine), PAGE).changed == changed


def test_the_program_texts_and_fonts_are_named_too(
    built: AppContext, monkeypatch, tmp_path
) -> None:
    monkeypatch.setattr(document_inputs, "TEXTS", tmp_path)
    monkeypatch.setattr(document_inputs, "_describe_program", lambda: "cpsa 9.9")
    monkeypatch.setattr(document_inputs, "_digest_fonts", lambda: "others")
    again = rebuild_document(built, PAGE)
    assert again.changed == ("texts", "fonts", "program")
    assert again.same_bytes, "named is what differs, not what made a difference"


def test_an_edition_is_found_by_its_digest(built: AppContext) -> None:
    with read_transaction(built.engine) as connection:
        rows = document_queries.load_current_editions(connection, [Q1]).values()
    (kept,) = [row for row in rows if row["path"] == PAGE]
    assert set(kept["inputs_of"]) == {
        *("figures", "written", "registry", "framework", "reference"),
        *("programme", "texts", "templates", "fonts", "program"),
    }
    assert kept["inputs"] == document_inputs.combine_digests(kept["inputs_of"])
    for named in (kept["sha256"], kept["sha256"][:8]):
        again = rebuild_document(built, named)
        assert (again.path, again.same_bytes) == (PAGE, True)
    for strange in ("0" * 64, kept["sha256"][:7], "IA-A"):
        with pytest.raises(RequestError, match=strange):
            rebuild_document(built, strange)


def test_what_was_built_before_inputs_were_kept_apart_is_built_again(built: AppContext) -> None:
    database.downgrade_schema(built.engine, "0005")
    database.upgrade_schema(built.engine)
    again = rebuild_document(built, PAGE)
    assert (again.same_bytes, again.changed) == (True, None)
