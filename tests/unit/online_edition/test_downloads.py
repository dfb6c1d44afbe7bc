"""CSV and JSON say what the snapshot says; the data package describes them as they are."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from pandas import isna
from tests.unit.online_edition.conftest import LAST, Site, site_of

from cpsa.provenance.snapshot import Snapshot


def rows(site: Site, name: str) -> list[dict[str, str]]:
    return list(
        csv.DictReader(io.StringIO(site[f"data/{name}.csv"].decode("utf-8-sig"), newline=""))
    )


@pytest.fixture(scope="module")
def package(site: Site) -> dict:
    return json.loads(site["data/datapackage.json"])


def test_figures_are_the_facts(site: Site, programme: Snapshot) -> None:
    facts = programme.select_rows("facts", quarter=LAST)
    told = {
        (row["agency"], row["indicator"], row["dimension"]): Decimal(row["value"])
        for row in rows(site, f"figures-{LAST}")
    }
    assert told == {
        (row.agency, row.indicator, row.dimension): Decimal(int(row.hundredths)) / 100
        for row in facts.itertuples(index=False)
    }


def test_scores_are_the_scores(site: Site, programme: Snapshot) -> None:
    scores = programme.select_rows("scores", quarter=LAST).set_index("agency")
    told = rows(site, f"scores-{LAST}")
    assert len(told) == len(scores)
    for row in told:
        assert row["status"] == scores.at[row["agency"], "status"]
        composite = scores.at[row["agency"], "composite"]
        assert row["composite"] == ("" if isna(composite) else f"{composite:.4f}")


def test_json_says_the_same_as_csv(site: Site, package: dict) -> None:
    for path in [path for path in site if path.endswith(".csv")]:
        listed = json.loads(site[path.replace(".csv", ".json")])
        told = rows(site, path.removeprefix("data/").removesuffix(".csv"))
        assert len(listed) == len(told) > 0
        for one, other in zip(listed, told, strict=True):
            for name, text in other.items():
                value = one[name]
                if value is None:
                    assert text == ""
                elif isinstance(value, str):
                    assert text == value
                else:
                    assert Decimal(str(value)) == Decimal(text)


def test_the_package_names_every_file_and_its_fields(site: Site, package: dict) -> None:
    files = {f"data/{one['path']}" for one in package["resources"]}
    assert files == {path for path in site if path.startswith("data/")} - {"data/datapackage.json"}
    names = [one["name"] for one in package["resources"]]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)
    for one in package["resources"]:
        fields = one["schema"]["fields"]
        content = site[f"data/{one['path']}"].decode("utf-8-sig")
        header = (
            content.splitlines()[0].split(",")
            if one["format"] == "csv"
            else list(json.loads(content)[0])
        )
        assert [field["name"] for field in fields] == header
        assert set(one["schema"]["primaryKey"]) <= set(header)
        for field in fields:
            assert field["description"] and field["description_hi"]
            assert field["type"] in {"string", "number", "integer", "datetime"}


def test_no_address_of_a_mailbox_is_there(site: Site) -> None:
    assert all("email" not in row for row in rows(site, "agencies"))
    assert not [path for path, content in site.items() if b"@example" in content]


def test_csv_with_hindi_opens_in_a_spreadsheet_as_it_is(site: Site) -> None:
    """Found: a double click showed other letters than these, for lack of a byte-order mark."""
    for name, content in site.items():
        if name.endswith(".csv"):
            text = content.decode("utf-8-sig")
            assert content.startswith(b"\xef\xbb\xbf") == (not text.isascii()), name
    assert site["data/agencies.csv"].startswith(b"\xef\xbb\xbf")


def test_every_key_of_another_table_is_there(site: Site, package: dict) -> None:
    by_name = {one["name"]: one for one in package["resources"]}
    compared = 0
    for one in package["resources"]:
        for key in one["schema"].get("foreignKeys", ()):
            other = by_name[key["reference"]["resource"]]
            assert other["format"] == one["format"]
            (field,), (code,) = key["fields"], key["reference"]["fields"]
            own, known = (
                {str(row[name]) for row in rows(site, Path(table["path"]).stem)}
                for table, name in ((one, field), (other, code))
            )
            assert own <= known, one["name"]
            compared += len(own)
    assert compared > 50


def test_the_licence_is_named(package: dict) -> None:
    (licence,) = package["licenses"]
    assert licence["name"] == "GODL-India"


def test_sectors_have_the_codes_of_industries(site: Site) -> None:
    codes = {row["sector"]: row["nic"] for row in rows(site, "agencies")}
    assert codes["pharmaceutical"] == "21"
    assert codes[""] == ""


def test_a_renamed_district_is_one(programme: Snapshot) -> None:
    first, second = list(programme.agencies)[:2]
    agencies = programme.registry.agencies.copy()
    agencies.loc[agencies["code"] == first, "district"] = "Hoshangabad"
    agencies.loc[agencies["code"] == second, "district"] = "Narmadapuram"
    made = site_of(replace(programme, registry=replace(programme.registry, agencies=agencies)))
    places = {row["code"]: row["district"] for row in rows(made, "agencies")}
    assert places[first] == places[second] == "Narmadapuram"
    assert not [path for path in made if "hoshangabad" in path.lower()]
    assert not [path for path, content in made.items() if b"Hoshangabad" in content]
