"""Figures, scores, agencies and indicators as CSV and JSON, and the description of their fields.

The description is a data package (Frictionless): every resource with its schema, every field with
its meaning in both languages. A quarter's files change only when its figures do.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cpsa import messages
from cpsa.bilingual import LANGUAGES, Text
from cpsa.calendar import IST, Quarter
from cpsa.documents import Snapshot
from cpsa.documents.parts import present
from cpsa.figures import HUNDRED, places4
from cpsa.public.masking import masked
from cpsa.public.rollup_rows import rollup_rows

Row = tuple[object, ...]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Field:
    name: str
    type: str  # string | number | integer | datetime
    description: Text


@dataclass(frozen=True)
class Resource:
    """One table; ``quarterly``: a file for each quarter."""

    name: str
    title: Text
    fields: tuple[Field, ...]
    quarterly: bool
    key: tuple[str, ...]


def resources(snapshot: Snapshot) -> dict[str, Resource]:
    """Every table there is, by name."""
    groups = tuple(
        Field(
            one.code,
            "number",
            Text(*(_field("group", language, one.label.in_(language)) for language in LANGUAGES)),
        )
        for one in snapshot.framework.groups.values()
    )
    made = (
        _resource(
            "figures",
            True,
            "agency quarter indicator dimension unit value:number origin version:integer place received_at:datetime",
            4,
        ),
        _resource(
            "scores",
            True,
            "agency quarter state composite:number status coverage:number",
            2,
            (*groups, _field_of("limited_by_coverage")),
        ),
        _resource(
            "rollups",
            True,
            "level area period indicator dimension unit actual:number actual_with_target:number"
            " target:number share:number rate:number rate_of_sum:number agencies:integer"
            " agencies_without_target:integer agencies_partly_without_target:integer"
            " unconfirmed:integer actual_without_unconfirmed:number"
            " actual_with_target_without_unconfirmed:number share_without_unconfirmed:number",
            5,
        ),
        _resource(
            "agencies",
            False,
            "code form name_en name_hi cluster_en cluster_hi sector district division "
            "active_from active_to",
            1,
        ),
        _resource("indicators", False, "code form group label_en label_hi unit kind", 1),
    )
    return {one.name: one for one in made}


def files(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Every file below ``data/``: path and bytes, one after the other."""
    known = resources(snapshot)
    quarters = sorted(set(snapshot.closings["quarter"]))
    for quarter in quarters:
        yield from _both(f"figures-{quarter}", known["figures"], _figures(snapshot, quarter))
        yield from _both(f"scores-{quarter}", known["scores"], _scores(snapshot, quarter))
        rows = rollup_rows(snapshot, Quarter.parse(quarter))
        yield from _both(f"rollups-{quarter}", known["rollups"], rows)
    yield from _both("agencies", known["agencies"], _agencies(snapshot, known["agencies"]))
    yield from _both("indicators", known["indicators"], _indicators(snapshot))
    package = _package(snapshot, known, quarters)
    yield "datapackage.json", _json(package)


def _resource(
    name: str, quarterly: bool, said: str, keys: int, more: tuple[Field, ...] = ()
) -> Resource:
    fields = [_field_of(one) for one in said.split()]
    title = Text(*(messages.text(f"public.table.{name}", language) for language in LANGUAGES))
    key = tuple(field.name for field in fields[:keys])
    return Resource(name, title, (*fields, *more), quarterly, key)


def _field_of(said: str) -> Field:
    """A field by ``name`` or ``name:type``."""
    name, _, kind = said.partition(":")
    meaning = Text(*(messages.text(f"public.field.{name}", language) for language in LANGUAGES))
    return Field(name, kind or "string", meaning)


def _field(key: str, language: str, label: str) -> str:
    return messages.text(f"public.field.{key}_score", language, group=label)


def _figures(snapshot: Snapshot, quarter: str) -> Iterator[Row]:
    units = {one.code: one.unit for one in snapshot.framework.indicators}
    for row in snapshot.of("facts", quarter=quarter).itertuples(index=False):
        yield (
            *(row.agency, row.quarter, row.indicator, row.dimension),
            units.get(row.indicator, ""),
            Decimal(int(row.hundredths)) / HUNDRED,
            row.origin,
            int(row.version),
            masked(str(row.place)) if present(row.place) else "",
            row.received_at.astimezone(IST).isoformat(timespec="seconds"),
        )


def _scores(snapshot: Snapshot, quarter: str) -> Iterator[Row]:
    framework = snapshot.framework
    groups = list(framework.groups)
    held: dict[str, dict[str, float]] = {}
    for row in snapshot.of("group_scores", quarter=quarter).itertuples(index=False):
        held.setdefault(row.agency, {})[row.group] = row.score
    rows = {
        row.agency: row for row in snapshot.of("scores", quarter=quarter).itertuples(index=False)
    }
    listed = [code for code in snapshot.agencies if code in rows]
    for code in (*listed, *sorted(set(rows) - set(listed))):
        row, own = rows[code], held.get(code, {})
        yield (
            *(row.agency, row.quarter, row.state, _places(row.composite), row.status),
            _places(row.coverage),
            *(_places(own.get(group)) for group in groups),
            "yes"
            if framework.is_limited_by_coverage(row.status, row.composite, row.coverage)
            else "",
        )


def _places(value: object) -> Decimal | None:
    return Decimal(places4(float(value))) if present(value) else None  # type: ignore[arg-type]


def _agencies(snapshot: Snapshot, resource: Resource) -> Iterator[Row]:
    names = [field.name for field in resource.fields]
    for row in snapshot.agencies.values():
        yield tuple(str(row[name]) if present(row[name]) else "" for name in names)


def _indicators(snapshot: Snapshot) -> Iterator[Row]:
    for one in snapshot.framework.indicators:
        yield one.code, one.form, one.group, one.label.en, one.label.hi, one.unit, one.kind


def _both(name: str, resource: Resource, rows: Iterable[Row]) -> Iterator[tuple[str, bytes]]:
    held = list(rows)
    fields = [field.name for field in resource.fields]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_cell(value) for value in row] for row in held)
    yield f"{name}.csv", text.getvalue().encode()
    lines = (
        json.dumps(dict(zip(fields, map(_value, row), strict=True)), ensure_ascii=False)
        for row in held
    )
    yield f"{name}.json", ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _cell(value: object) -> object:
    """Texts that a spreadsheet would run as a formula are kept texts."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _value(value: object) -> object:
    """A number as JSON writes it; whole ones without a point."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _package(
    snapshot: Snapshot, known: dict[str, Resource], quarters: list[str]
) -> dict[str, object]:
    listed = [
        (f"{one.name}-{quarter}" if quarter else one.name, one)
        for one in known.values()
        for quarter in (quarters if one.quarterly else [""])
    ]
    return {
        "profile": "data-package",
        "name": "cpsa-online-edition",
        "title": messages.text("public.title", "en"),
        "title_hi": messages.text("public.title", "hi"),
        "created": snapshot.as_of.astimezone(IST).isoformat(timespec="seconds"),
        "version": quarters[-1],
        "resources": [
            _described(name, one, kind) for name, one in listed for kind in ("csv", "json")
        ],
    }


def _described(name: str, resource: Resource, kind: str) -> dict[str, object]:
    media = {"csv": "text/csv", "json": "application/json"}[kind]
    return {
        "profile": "tabular-data-resource",
        "name": f"{name}-{kind}".lower(),
        "title": resource.title.en,
        "title_hi": resource.title.hi,
        "path": f"{name}.{kind}",
        "format": kind,
        "mediatype": media,
        "encoding": "utf-8",
        "schema": {
            "fields": [
                {
                    "name": field.name,
                    "type": field.type,
                    "description": field.description.en,
                    "description_hi": field.description.hi,
                }
                for field in resource.fields
            ],
            "missingValues": [""],
            "primaryKey": list(resource.key),
        },
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
