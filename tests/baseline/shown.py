"""What is asked once all is done: every table in every form, traces, documents, the site, the store.

What belongs here: asking without changing anything. What must not: doing (``story``).
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.baseline import program
from tests.baseline.results import Results

TABLES = (
    ("findings",),
    ("scores",),
    ("reporting",),
    ("status",),
    ("actions",),
    ("actions", "--pendency"),
    ("arrivals",),
    ("arrivals", "--refused"),
    ("arrivals", "--awaiting"),
    ("replies", "--all"),
    ("audit",),
    ("outbox", "list"),
    ("letters", "--dry-run"),
    ("remind", "--dry-run"),
)
TRACED = (
    "2026-27-H1/learning/STATE.en.html",
    "2025-26-Q4/quarterly_update/FC-IND.en.html",
    "2026-27-H1/policy_actions/BANKS.en.html",
)
MOST_TRACED = 4  # tables of a document
_MASKED_COLUMNS = {"document": ("inputs", "inputs_of")}


def keep_tables(results: Results, set_language: Callable[[str], None]) -> None:
    """Each table in each form, in both languages."""
    for language in ("en", "hi"):
        set_language(language)
        for command in TABLES:
            for form in ("csv", "json", "table"):
                answer = program.run(*command, "--format", form)
                results.text(f"tables/{language}/{' '.join(command)}.{form}", answer.text())
        results.text(f"tables/{language}/help", program.run("--help").text())
    set_language("en")
    counts = program.run("outbox", "list", "--counts")
    results.text("tables/en/outbox counts", counts.text())


def keep_traces(results: Results, documents: Path) -> None:
    """Of every table of some documents, where all its figures come from."""
    for path in TRACED:
        page = (documents / path).read_text("utf-8")
        codes = list(dict.fromkeys(re.findall(r"table-code\">([\w-]+)<", page)))
        for code in codes[:MOST_TRACED]:
            answer = program.run("trace", code, "--json")
            results.text(f"trace/{path}/{code}.json", answer.text())
            answer = program.run("trace", code, "--language", "hi")
            results.text(f"trace/{path}/{code}.hi.txt", answer.text())


def keep_store(results: Results, file: Path) -> None:
    """The transfer archive by its tables; what differs by nature is blank."""
    results.text("store/export", program.run("export", str(file)).text())
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        results.text("store/schema", str(manifest["schema"]))
        names = sorted(archive.namelist())
        files = [name for name in names if name.startswith("files/")]
        folders = sorted({name.split("/")[1] for name in files})
        counts = [f"{one} {sum(f'/{one}/' in name for name in files)}" for one in folders]
        results.text("store/files", "\n".join(counts))
        for name in names:
            if name.startswith("tables/"):
                table = name.removeprefix("tables/").removesuffix(".jsonl")
                columns = manifest["tables"][table]["columns"]
                masked = _MASKED_COLUMNS.get(table, ())
                rows = io.TextIOWrapper(archive.open(name), "utf-8")
                lines = [json.dumps(columns), *(_masked(row, columns, masked) for row in rows)]
                results.text(f"store/{table}.jsonl", "\n".join(lines))


def _masked(line: str, columns: list[str], masked: tuple[str, ...]) -> str:
    if not masked:
        return line.rstrip("\n")
    row = dict(zip(columns, json.loads(line), strict=True))
    return json.dumps([None if name in masked else row[name] for name in columns])
