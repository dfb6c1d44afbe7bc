"""Figures, scores, agencies and indicators as CSV and JSON, and the description of their fields.

The description is a data package (Frictionless): every resource with its schema, every field with
its meaning in both languages. A quarter's files change only when its figures do.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from cpsa.calendar import IST, Quarter
from cpsa.figures import HUNDRED, places4
from cpsa.i18n import catalogue
from cpsa.i18n.text import Text
from cpsa.online_edition.contact_mask import mask_contacts
from cpsa.online_edition.rollup_rows import list_rollup_rows
from cpsa.provenance.snapshot import Snapshot, has_value
from cpsa.reference.programme_in_use import get_programme

DownloadRow = tuple[object, ...]
_OFFICIAL_CODES = ("district_lgd", "nic")  # last of an agency's row
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class DownloadField:
    name: str
    type: str  # string | number | integer | datetime
    description: Text


@dataclass(frozen=True)
class Resource:
    """One table; ``quarterly``: a file for each quarter. ``refers_to``: the table whose ``code`` a field has."""

    name: str
    title: Text
    fields: tuple[DownloadField, ...]
    quarterly: bool
    key: tuple[str, ...]
    refers_to: Mapping[str, str] = field(default_factory=dict)


def list_resources(snapshot: Snapshot) -> dict[str, Resource]:
    """Every table there is, by name."""
    groups = tuple(
        DownloadField(
            group.code,
            "number",
            catalogue.make_text("public.field.group_score", group=group.label),
        )
        for group in snapshot.framework.scored_groups
    )
    tables = (
        _make_resource(
            "figures",
            quarterly=True,
            field_specs="agency quarter indicator dimension unit value:number origin version:integer place received_at:datetime",
            keys=4,
            refers_to={"agency": "agencies"},
        ),
        _make_resource(
            "scores",
            quarterly=True,
            field_specs="agency quarter state composite:number status coverage:number",
            keys=2,
            refers_to={"agency": "agencies"},
            more=(*groups, _make_field("limited_by_coverage")),
        ),
        _make_resource(
            "rollups",
            quarterly=True,
            field_specs="level area period indicator dimension unit actual:number actual_with_target:number"
            " target:number share:number rate:number rate_of_sum:number agencies:integer"
            " agencies_without_target:integer agencies_partly_without_target:integer"
            " unconfirmed:integer actual_without_unconfirmed:number"
            " actual_with_target_without_unconfirmed:number share_without_unconfirmed:number",
            keys=5,
            refers_to={"indicator": "indicators"},
        ),
        _make_resource(
            "agencies",
            quarterly=False,
            field_specs="code form name_en name_hi cluster_en cluster_hi sector district division "
            "active_from active_to district_lgd:integer nic",
            keys=1,
        ),
        _make_resource(
            "indicators",
            quarterly=False,
            field_specs="code form group label_en label_hi unit kind",
            keys=1,
        ),
    )
    return {resource.name: resource for resource in tables}


def make_download_files(snapshot: Snapshot) -> Iterator[tuple[str, bytes]]:
    """Every file below ``data/``: path and bytes, one after the other."""
    known = list_resources(snapshot)
    quarters = sorted(set(snapshot.closings["quarter"]))
    for quarter in quarters:
        yield from _write_csv_and_json(
            f"figures-{quarter}", known["figures"], _make_figure_rows(snapshot, quarter)
        )
        yield from _write_csv_and_json(
            f"scores-{quarter}", known["scores"], _make_score_rows(snapshot, quarter)
        )
        rows = list_rollup_rows(snapshot, Quarter.parse(quarter))
        yield from _write_csv_and_json(f"rollups-{quarter}", known["rollups"], rows)
    yield from _write_csv_and_json(
        "agencies", known["agencies"], _make_agency_rows(snapshot, known["agencies"])
    )
    yield from _write_csv_and_json(
        "indicators", known["indicators"], _make_indicator_rows(snapshot)
    )
    package = _make_package(snapshot, known, quarters)
    yield "datapackage.json", _dump_json(package)


def _make_resource(
    name: str,
    *,
    quarterly: bool,
    field_specs: str,
    keys: int,
    more: tuple[DownloadField, ...] = (),
    refers_to: Mapping[str, str] = {},
) -> Resource:
    fields = [_make_field(field_spec) for field_spec in field_specs.split()]
    title = catalogue.make_text(f"public.table.{name}")
    key = tuple(field.name for field in fields[:keys])
    return Resource(name, title, (*fields, *more), quarterly, key, refers_to)


def _make_field(field_spec: str) -> DownloadField:
    """A field by ``name`` or ``name:type``."""
    name, _, kind = field_spec.partition(":")
    meaning = catalogue.make_text(f"public.field.{name}")
    return DownloadField(name, kind or "string", meaning)


def _make_figure_rows(snapshot: Snapshot, quarter: str) -> Iterator[DownloadRow]:
    units = {indicator.code: indicator.unit for indicator in snapshot.framework.indicators}
    for row in snapshot.select_rows("facts", quarter=quarter).itertuples(index=False):
        yield (
            *(row.agency, row.quarter, row.indicator, row.dimension),
            units.get(row.indicator, ""),
            Decimal(int(row.hundredths)) / HUNDRED,
            row.origin,
            int(row.version),
            mask_contacts(str(row.place)) if has_value(row.place) else "",
            row.received_at.astimezone(IST).isoformat(timespec="seconds"),
        )


def _make_score_rows(snapshot: Snapshot, quarter: str) -> Iterator[DownloadRow]:
    framework = snapshot.framework
    groups = [group.code for group in framework.scored_groups]
    scores_by_agency: dict[str, dict[str, float]] = {}
    for row in snapshot.select_rows("group_scores", quarter=quarter).itertuples(index=False):
        scores_by_agency.setdefault(row.agency, {})[row.group] = row.score
    rows = {
        row.agency: row
        for row in snapshot.select_rows("scores", quarter=quarter).itertuples(index=False)
    }
    registered = [code for code in snapshot.agencies if code in rows]
    for code in (*registered, *sorted(set(rows) - set(registered))):
        row, group_scores = rows[code], scores_by_agency.get(code, {})
        yield (
            *(row.agency, row.quarter, row.state, _round_to_places(row.composite), row.status),
            _round_to_places(row.coverage),
            *(_round_to_places(group_scores.get(group)) for group in groups),
            "yes"
            if framework.is_limited_by_coverage(row.status, row.composite, row.coverage)
            else "",
        )


def _round_to_places(value: object) -> Decimal | None:
    return Decimal(places4(float(value))) if has_value(value) else None  # type: ignore[arg-type]


def _make_agency_rows(snapshot: Snapshot, resource: Resource) -> Iterator[DownloadRow]:
    names = [field.name for field in resource.fields if field.name not in _OFFICIAL_CODES]
    reference = snapshot.reference
    for row in snapshot.agencies.values():
        sector = reference.sectors.get(str(row["sector"] or ""))
        yield (
            *(str(row[name]) if has_value(row[name]) else "" for name in names),
            reference.districts.find_code(str(row["district"] or "")),
            " ".join(sector.nic) if sector else "",
        )


def _make_indicator_rows(snapshot: Snapshot) -> Iterator[DownloadRow]:
    for indicator in snapshot.framework.indicators:
        yield (
            indicator.code,
            indicator.form,
            indicator.group,
            indicator.label.en,
            indicator.label.hi,
            indicator.unit,
            indicator.kind,
        )


def _write_csv_and_json(
    name: str, resource: Resource, rows: Iterable[DownloadRow]
) -> Iterator[tuple[str, bytes]]:
    all_rows = list(rows)
    fields = [field.name for field in resource.fields]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([_format_cell(value) for value in row] for row in all_rows)
    yield f"{name}.csv", _encode_csv(text.getvalue())
    lines = (
        json.dumps(dict(zip(fields, map(_format_json_value, row), strict=True)), ensure_ascii=False)
        for row in all_rows
    )
    yield f"{name}.json", ("[\n" + ",\n".join(lines) + "\n]\n").encode()


def _encode_csv(text: str) -> bytes:
    """UTF-8, with a byte-order mark where a spreadsheet would else show other letters than these."""
    return text.encode("utf-8" if text.isascii() else "utf-8-sig")


def _format_cell(value: object) -> object:
    """Texts that a spreadsheet would run as a formula are kept texts."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value


def _format_json_value(value: object) -> object:
    """A number as JSON writes it; whole ones without a point."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _make_package(
    snapshot: Snapshot, known: dict[str, Resource], quarters: list[str]
) -> dict[str, object]:
    tables = [
        (f"{resource.name}-{quarter}" if quarter else resource.name, resource)
        for resource in known.values()
        for quarter in (quarters if resource.quarterly else [""])
    ]
    return {
        "profile": "data-package",
        "name": "cpsa-online-edition",
        "title": catalogue.text("public.title", "en"),
        "title_hi": catalogue.text("public.title", "hi"),
        "created": snapshot.as_of.astimezone(IST).isoformat(timespec="seconds"),
        "version": quarters[-1],
        **_describe_licence(),
        "resources": [
            _describe_resource(name, resource, kind)
            for name, resource in tables
            for kind in ("csv", "json")
        ],
    }


def _describe_resource(name: str, resource: Resource, kind: str) -> dict[str, object]:
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
            **_describe_references(resource, kind),
        },
    }


def _describe_licence() -> dict[str, object]:
    """Under which licence the programme publishes its data, where it names one."""
    licence = get_programme().data_licence
    if licence is None:
        return {}
    return {"licenses": [{"name": licence.code, "title": licence.name.en}]}


def _describe_references(resource: Resource, kind: str) -> dict[str, object]:
    """The fields whose values are codes of another table, in the same format."""
    keys = [
        {"fields": [name], "reference": {"resource": f"{table}-{kind}", "fields": ["code"]}}
        for name, table in resource.refers_to.items()
    ]
    return {"foreignKeys": keys} if keys else {}


def _dump_json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
