"""A store is carried whole from one database to another and back, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import JSON, BigInteger, Float, Integer, Table, insert, null, select, text
from tests.factories import Clerk, RegistryFolder, day_after_quarter
from tests.stores import empty_postgresql

from cpsa.calendar import Quarter
from cpsa.delivery import ledger
from cpsa.delivery.mail_message import Attachment, MailMessage
from cpsa.errors import RequestError
from cpsa.services.app_context import AppContext
from cpsa.services.delete_expired_files import RETAINED
from cpsa.services.dispatch.build_documents import build_documents
from cpsa.services.publication.rebuild_document import rebuild_document
from cpsa.services.quarter.load_registry import load_registry
from cpsa.services.transfer_store.export_store import export_store, list_stored_files
from cpsa.services.transfer_store.import_store import import_store
from cpsa.settings import from_environment
from cpsa.store import database
from cpsa.store.queries import audit_queries, entry_queries
from cpsa.store.schema import DERIVED, Instant, metadata
from cpsa.store.tables.audit_tables import audit
from cpsa.store.tables.document_tables import document
from cpsa.store.tables.obligation_tables import obligation
from cpsa.store.tables.registry_tables import agency, target, weight
from cpsa.store.tables.submission_tables import submission

pytestmark = pytest.mark.slow

Q1, Q2 = Quarter.parse("2025-26-Q1"), Quarter.parse("2025-26-Q2")
NOW = datetime(2026, 7, 1, tzinfo=UTC)
Opening = Callable[[str, str], AppContext]


@pytest.fixture
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> Opening:
    """Opens an office with an empty store: on which database, and the name of its home."""
    made: list[AppContext] = []

    def open_(kind: str, name: str) -> AppContext:
        home = tmp_path / name
        if kind == "sqlite":
            url = f"sqlite:///{home / 'cpsa.db'}"
            home.mkdir()
            shutil.copy(request.getfixturevalue("sqlite_template"), home / "cpsa.db")
        else:
            url = request.getfixturevalue("postgresql_store")
            empty_postgresql(url)
        variables = {"CPSA_HOME": str(home), "CPSA_DATABASE_URL": url}
        made.append(AppContext.from_settings(from_environment(variables)))
        return made[-1]

    yield open_
    for one in made:
        one.engine.dispose()


def contents(office: AppContext) -> dict[str, list[tuple]]:
    """Every row of every table that is not derived from others, as the programme reads it."""
    with office.engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
            if not table.info.get(DERIVED)
        }


def kept(office: AppContext) -> dict[str, bytes]:
    """Every file of the home but the database, by its path."""
    home = office.settings.home
    return {
        str(file.relative_to(home)): file.read_bytes()
        for file in sorted(home.rglob("*"))
        if file.is_file() and not file.name.startswith("cpsa.db")
    }


@pytest.fixture
def lived_in(opening: Opening, tmp_path: Path) -> AppContext:
    """An office that took in, returned, refused, closed, built, and is about to send a letter."""
    return live_in(opening("sqlite", "old"), tmp_path)


@pytest.fixture(scope="module")
def exported_once(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of such an office."""
    folder = tmp_path_factory.mktemp("exported")
    shutil.copy(sqlite_template, folder / "cpsa.db")
    office = AppContext.from_settings(from_environment({"CPSA_HOME": str(folder)}))
    export_store(live_in(office, folder / "work"), folder / "whole.zip")
    office.engine.dispose()
    return folder / "whole.zip"


@pytest.fixture
def exported(exported_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(exported_once, tmp_path / "whole.zip"))


def live_in(office: AppContext, tmp_path: Path) -> AppContext:
    clerk = Clerk(office, tmp_path / "sent")
    registry = RegistryFolder(
        agencies={"IA-A": Q1.key, "FC-B": Q1.key},
        targets={("IA-A", "OP1", Q1.key): "12"},
        weights={("IA-A", "OP1"): "0.1"},
    )
    load_registry(office, registry.write(tmp_path / "registry"), day_after_quarter(Q1.key))
    clerk.send("IA-A", Q1.key, {"A1": 4, "A2": 20, "OP1": 5, "B2": "0.01"})
    clerk.send("FC-B", Q1.key, {"FA1": "twelve", "FA2": -1})
    clerk.send_bytes("FC-B", Q2.key, b"\xff\xfe no table at all")
    clerk.close(Q1.key)
    build_documents(office, Q1, NOW)
    attached = office.settings.home / "letters" / sha256(b"%PDF").hexdigest()[:2]
    attached.mkdir(parents=True)
    file = attached / sha256(b"%PDF").hexdigest()
    file.write_bytes(b"%PDF")
    letter = MailMessage(
        *(Q1.key, "request", "IA-A", "एजेंसी", "ia-a@example.org", "hi", "विषय", "<p>ॐ</p>", "\\N\t"),
        attachments=(Attachment(file, "क.pdf", file.name),),
    )
    ledger.plan_mails(office.engine, [letter], NOW)
    return office


@pytest.mark.parametrize("through", ["postgresql", "sqlite"])
def test_there_and_back_again(
    opening: Opening, lived_in: AppContext, tmp_path: Path, through: str
) -> None:
    """Into another home on either database, and home again: the same rows, files and export."""
    out, back, again = (tmp_path / f"{name}.zip" for name in ("out", "back", "again"))
    told = export_store(lived_in, out)
    before, files = contents(lived_in), kept(lived_in)
    assert told.files == len([one for one in files if one[0] in "el" or one.startswith("received")])
    assert told.rows == sum(map(len, before.values())) > 100

    other = opening(through, "other")
    assert import_store(other, out) == told
    export_store(other, back)
    assert back.read_bytes() == out.read_bytes()
    assert kept(other) == files  # documents/ too, though they are not in the export
    seal = other.settings.home / "seal.key"
    assert seal.stat().st_mode & 0o777 == 0o600

    shutil.rmtree(lived_in.settings.home)
    home = opening("sqlite", "old")
    import_store(home, back)
    assert contents(home) == before
    export_store(home, again)
    assert again.read_bytes() == out.read_bytes()


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_life_goes_on_where_it_was_carried_to(
    opening: Opening, lived_in: AppContext, tmp_path: Path, kind: str
) -> None:
    """Numbering, the figures of history, sealed documents, and the mail that waits."""
    export_store(lived_in, tmp_path / "out.zip")
    shown = next(path for path in kept(lived_in) if path.endswith("IA-A.hi.pdf"))
    shutil.rmtree(lived_in.settings.home)  # nothing may still be looked for there
    other = opening(kind, "other")
    import_store(other, tmp_path / "out.zip")

    assert rebuild_document(other, shown.removeprefix("documents/")).same_bytes
    clerk = Clerk(other, tmp_path / "sent-later")
    clerk.send("IA-A", Q2.key, {"A1": 4, "A2": 4})
    assert clerk.close(Q2.key).accepted == 1
    with database.read_transaction(other.engine) as connection:
        numbers = connection.execute(select(submission.c.id).order_by(submission.c.id)).scalars()
        assert list(numbers) == [1, 2, 3, 4]
        (files,) = connection.execute(text("SELECT attachments FROM dispatch")).scalars()
    (file,) = json.loads(files) if isinstance(files, str) else files
    assert Path(file["path"]).read_bytes() == b"%PDF"


def test_two_exports_of_one_store_are_one_and_the_same(
    lived_in: AppContext, tmp_path: Path
) -> None:
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    export_store(lived_in, first)
    for file in (lived_in.settings.home / "received").rglob("*"):
        os.utime(file, (0, 0))
    export_store(lived_in, second)
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_mode & 0o777 == 0o600


# Whatever the columns may hold: each kind of value, at its limits, and what looks like another one.
WORDS = st.one_of(
    st.sampled_from(["", "\\N", "NULL", "null", "\\.", "a\tb\nc\r", "\u2028", "शून्य", "😀", '"{}"']),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
)
KINDS: list[tuple[type, st.SearchStrategy[Any]]] = [
    (Instant, st.integers(0, 10**16).map(lambda more: NOW + timedelta(microseconds=more))),
    (JSON, st.one_of(st.just(null()), st.none(), st.dictionaries(WORDS, WORDS, max_size=2))),
    (BigInteger, st.integers(-(2**63), 2**63 - 1)),
    (Integer, st.integers(-(2**31), 2**31 - 1)),
    (Float, st.floats(allow_nan=False, allow_infinity=False)),
]
FREE = (agency, target, weight, obligation, document, audit)  # they refer to no other row


def values(table: Table) -> st.SearchStrategy[dict[str, Any]]:
    made = {}
    for column in table.columns:
        kind = next((how for type_, how in KINDS if isinstance(column.type, type_)), WORDS)
        if column.primary_key and column.name == "id":
            kind = st.integers(0, 2**31 - 2)
        elif column.nullable and not isinstance(column.type, JSON):
            kind = st.none() | kind
        made[column.name] = kind
    return st.fixed_dictionaries(made)


def key_of(table: Table) -> Callable[[dict[str, Any]], tuple]:
    return lambda row: tuple(row[column.name] for column in table.primary_key)


STORES = st.fixed_dictionaries(
    {table.name: st.lists(values(table), max_size=3, unique_by=key_of(table)) for table in FREE}
)


@pytest.mark.nightly
def test_whatever_the_columns_hold_comes_through(opening: Opening, tmp_path: Path) -> None:
    """Equal rows, and nothing and an empty text, JSON's null and none kept apart."""
    here, there = opening("sqlite", "here"), opening("postgresql", "there")

    @settings(max_examples=40, phases=[Phase.generate])  # smaller ones would take minutes
    @given(store=STORES)
    def comes_through(store: dict[str, list[dict[str, Any]]]) -> None:
        for office in (here, there):
            with office.engine.begin() as connection:
                for table in FREE:
                    connection.execute(table.delete())
        with here.engine.begin() as connection:
            for table in FREE:
                for row in store[table.name]:  # one by one: null() makes another statement
                    connection.execute(insert(table).values(**row))
        first, second = tmp_path / "first.zip", tmp_path / "second.zip"
        first.unlink(missing_ok=True)
        second.unlink(missing_ok=True)
        export_store(here, first)
        import_store(there, first)
        export_store(there, second)
        assert contents(there) == contents(here)
        assert first.read_bytes() == second.read_bytes()

    comes_through()


def refused(office: AppContext, file: Path) -> RequestError:
    """What an import says; it must have changed nothing."""
    before, files = contents(office), kept(office)
    with pytest.raises(RequestError) as said:
        import_store(office, file)
    assert (contents(office), kept(office)) == (before, files)
    for language in ("en", "hi"):
        assert "\n" not in said.value.text(language)
    return said.value


def changed(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The same export with its parts changed, or left out."""
    other = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            if (content := change(name, old.read(name))) is not None:
                new.writestr(name, content)
    return other


def test_a_store_that_holds_anything_is_left_alone(
    opening: Opening, exported: Path, tmp_path: Path
) -> None:
    other = opening("sqlite", "other")
    with database.write_transaction(other.engine) as connection:
        audit_queries.add_audit(connection, NOW, "a", "b", "c", "d")
    said = refused(other, exported)
    assert (said.key, said.params["table"]) == ("portable.not_empty", "audit")


def test_another_schema_is_refused(opening: Opening, exported: Path) -> None:
    newer = changed(
        exported,
        lambda name, part: (
            json.dumps({**json.loads(part), "schema": "0999"}).encode()
            if name == "manifest.json"
            else part
        ),
    )
    assert refused(opening("sqlite", "other"), newer).key == "portable.schema"


def without_last_line(part: bytes) -> bytes:
    return b"".join(part.splitlines(keepends=True)[:-1])


@pytest.mark.parametrize(
    ("which", "change"),
    [
        ("tables/fact.jsonl", lambda part: part.replace(b'"reported"', b'"nil"', 1)),
        ("tables/finding.jsonl", without_last_line),
        ("tables/agency.jsonl", lambda part: None),
        ("files/received/", lambda part: part + b" "),
        ("files/editions/", lambda part: None),
        ("seal.key", lambda part: b"0" * 64),
        ("manifest.json", lambda part: part[:-20]),
        ("manifest.json", lambda part: part.replace(b'"tables"', b'"tablets"')),
    ],
)
def test_a_damaged_part_is_named(
    opening: Opening, exported: Path, which: str, change: Callable[[bytes], bytes | None]
) -> None:
    with zipfile.ZipFile(exported) as archive:
        first = next(name for name in archive.namelist() if name.startswith(which))
    damaged = changed(exported, lambda name, part: change(part) if name == first else part)
    said = refused(opening("sqlite", "other"), damaged)
    assert said.key == "portable.damaged"
    assert str(said.params["part"]) in (first, which.rstrip("/"))


def test_bytes_that_rotted_are_found(opening: Opening, exported: Path) -> None:
    """One byte in the middle of the file, wherever that falls."""
    content = bytearray(exported.read_bytes())
    content[len(content) // 2] ^= 0xFF
    exported.write_bytes(content)
    assert refused(opening("sqlite", "other"), exported).key == "portable.damaged"


def test_what_is_no_export_is_refused(opening: Opening, exported: Path, tmp_path: Path) -> None:
    other = opening("sqlite", "other")
    half = tmp_path / "half.zip"
    half.write_bytes(exported.read_bytes()[:-1000])
    text_file = tmp_path / "text.zip"
    text_file.write_text("agency,quarter\n")
    workbook = tmp_path / "other.zip"
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    for file in (half, text_file, workbook, tmp_path):
        assert refused(other, file).key == "portable.no_export"


def test_what_the_database_cannot_hold_leaves_nothing_behind(
    opening: Opening, lived_in: AppContext, tmp_path: Path
) -> None:
    """SQLite keeps a NUL within a text, PostgreSQL does not; by then files were written."""
    with database.write_transaction(lived_in.engine) as connection:
        audit_queries.add_audit(connection, NOW, "a", "b", "c", "d\0e")
    export_store(lived_in, tmp_path / "out.zip")
    other = opening("postgresql", "other")
    said = refused(other, tmp_path / "out.zip")
    assert (said.key, said.params["table"]) == ("portable.row", "audit")


def test_another_seal_key_is_not_replaced(opening: Opening, exported: Path) -> None:
    other = opening("sqlite", "other")
    (other.settings.home / "seal.key").write_text("ours")
    assert refused(other, exported).key == "portable.other_key"


def test_an_export_never_takes_the_place_of_a_file(lived_in: AppContext, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    file.write_text("older")
    with pytest.raises(RequestError, match="already exists"):
        export_store(lived_in, file)
    assert file.read_text() == "older"
    assert not list(tmp_path.glob(".*.part"))


def test_a_kept_file_that_rotted_is_named_and_no_half_export_stays(
    lived_in: AppContext, tmp_path: Path
) -> None:
    (first, second, *_) = list_stored_files(lived_in.settings.received)
    first.write_bytes(b"other bytes")
    second.unlink()
    with pytest.raises(RequestError) as said:
        export_store(lived_in, tmp_path / "out.zip")
    assert (said.value.key, said.value.params["missing"], said.value.params["damaged"]) == (
        *("portable.incomplete", 1),
        1,
    )
    for language in ("en", "hi"):
        assert first.name in said.value.text(language)
        assert second.name in said.value.text(language)
    assert "submission" in said.value.text() or "arrival" in said.value.text()
    assert not list(tmp_path.glob("*out.zip*"))


@pytest.mark.parametrize("table", ["submission", "arrival", "entry_load", "document"])
def test_an_export_without_a_file_that_its_rows_name_is_refused(
    lived_in: AppContext, tmp_path: Path, table: str
) -> None:
    digest = sha256(b"of a file that is nowhere").hexdigest()
    with lived_in.engine.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET sha256 = :digest"), {"digest": digest})
    if table == "entry_load":
        with lived_in.engine.begin() as connection:
            entry_queries.add_entries(connection, digest, "a.csv", NOW, [])
    with pytest.raises(RequestError, match=digest):
        export_store(lived_in, tmp_path / "out.zip")


def test_a_file_that_the_retention_rules_took_away_is_not_missed(
    lived_in: AppContext, tmp_path: Path
) -> None:
    (first, *_) = list_stored_files(lived_in.settings.received)
    first.unlink()
    path = str(first.relative_to(lived_in.settings.home))
    with database.write_transaction(lived_in.engine) as connection:
        audit_queries.add_audit(connection, NOW, "a", RETAINED, path, "refused, 2 years")
    export_store(lived_in, tmp_path / "out.zip")


def test_an_archive_without_a_file_that_its_rows_name_is_refused(
    opening: Opening, exported: Path
) -> None:
    """Also one that says of itself that it is whole, as versions before 1.2 wrote it."""
    with zipfile.ZipFile(exported) as archive:
        gone = next(name for name in archive.namelist() if name.startswith("files/received/"))
        names = [
            name.rpartition("/")[2]
            for name in sorted(archive.namelist())
            if name.startswith("files/received/") and name != gone
        ]

    def without(name: str, part: bytes) -> bytes | None:
        if name == "manifest.json":
            told = json.loads(part)
            listed = sha256("".join(f"{one}\n" for one in names).encode()).hexdigest()
            told["files"]["received"] |= {"files": len(names), "sha256": listed}
            return json.dumps(told).encode()
        return None if name == gone else part

    said = refused(opening("sqlite", "other"), changed(exported, without))
    assert (said.key, said.params["missing"]) == ("portable.incomplete", 1)
    assert gone.rpartition("/")[2] in said.text()


def test_the_export_tells_of_a_folder_that_is_not_there(
    lived_in: AppContext, tmp_path: Path
) -> None:
    with pytest.raises(OSError):
        export_store(lived_in, tmp_path / "nowhere" / "out.zip")


def test_a_link_of_an_attachment_from_elsewhere_stays(opening: Opening, tmp_path: Path) -> None:
    """Only paths below the home move with it."""
    here = opening("sqlite", "here")
    letter = MailMessage(
        *(Q1.key, "request", "IA-A", "A", "ia-a@example.org", "en", "s", "<p>h</p>", "t"),
        attachments=(
            Attachment(tmp_path / "outside.pdf", "a.pdf", "0" * 64, "https://x.example.org"),
        ),
    )
    ledger.plan_mails(here.engine, [letter], NOW)
    export_store(here, tmp_path / "out.zip")
    there = opening("sqlite", "there")
    import_store(there, tmp_path / "out.zip")
    before, after = contents(here)["dispatch"], contents(there)["dispatch"]
    assert after == before
