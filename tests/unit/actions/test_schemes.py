"""Which schemes are offered, and what is said of their conditions."""

from __future__ import annotations

from datetime import date

import pytest
from tests.factories import INCLUDE

from cpsa.actions.scheme_matches import ClusterProfile, match_scheme, match_schemes
from cpsa.reference.reference_data import Reference


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference.load(INCLUDE / "programme" / "reference")


def offered(reference: Reference, theme: str, **known) -> list[str]:
    cluster = ClusterProfile(**({"sector": None} | known))
    return [one.scheme.code for one in match_schemes(reference, theme, cluster, 9)]


def test_a_scheme_of_one_sector_is_offered_only_within_it(reference: Reference) -> None:
    assert "AYUSH" not in offered(reference, "QUALITY")
    assert "AYUSH" not in offered(reference, "QUALITY", sector="engineering")
    assert "AYUSH" not in offered(reference, "QUALITY", sector="no such sector")
    assert offered(reference, "QUALITY", sector="ayush")[0] == "AYUSH"


def test_a_part_of_a_sector_comes_last_and_open(reference: Reference) -> None:
    codes = offered(reference, "INFRA", sector="textile")
    assert codes[0] == "SITP"
    assert codes.index("MSE-CDP") < codes.index("CPCDS")
    (sector,) = [
        one
        for one in match_scheme(
            reference, reference.schemes["CPCDS"], ClusterProfile("textile")
        ).checks
        if one.condition == "sector"
    ]
    assert sector.holds is None
    assert offered(reference, "INFRA", sector="powerloom")[0] in ("CPCDS", "SITP")


@pytest.mark.parametrize(
    ("members", "holds"), [(None, None), (9, False), (10, None), (19, None), (20, True)]
)
def test_fewer_enterprises_are_enough_in_special_cases_only(
    reference: Reference, members: int | None, holds: bool | None
) -> None:
    found = match_scheme(
        reference, reference.schemes["MSE-CDP"], ClusterProfile("food", 1, members)
    )
    (least,) = [one for one in found.checks if one.condition == "least"]
    assert (least.holds, least.need, least.have) == (holds, 20, members)
    assert ("MSE-CDP" in offered(reference, "INFRA", sector="food", members=members)) == (
        holds is not False
    )


def test_what_no_figure_says_is_open(reference: Reference) -> None:
    found = match_scheme(reference, reference.schemes["LMCS"], ClusterProfile("food"))
    assert {one.condition: one.holds for one in found.checks} == {
        "spv": None, "least": None, "most": None,
    }  # fmt: skip
    known = match_scheme(reference, reference.schemes["LMCS"], ClusterProfile("food", 2, 12))
    assert all(one.holds for one in known.checks)
    assert found.grant is None, "no grant of it has a ceiling"
    largest = match_scheme(reference, reference.schemes["MSE-CDP"], ClusterProfile("food")).grant
    assert largest is not None
    assert largest.code == "HARD"


@pytest.mark.parametrize(("units", "holds"), [(9, False), (10, None), (19, None), (20, True)])
def test_the_register_comes_before_the_members_of_networks(
    reference: Reference, units: int, holds: bool | None
) -> None:
    cluster = ClusterProfile("food", 1, 500, enterprises=units)
    found = match_scheme(reference, reference.schemes["MSE-CDP"], cluster)
    assert [(one.holds, one.have) for one in found.checks if one.condition == "units_least"] == [
        (holds, units)
    ]
    assert not [one for one in found.checks if one.condition == "least"]


@pytest.mark.parametrize(
    ("artisans", "holds", "grant"),
    [
        (500, True, "MINOR"),
        (501, True, "MAJOR"),
        (1000, True, "MAJOR"),
        (1001, True, "HERITAGE"),
        (2500, True, "HERITAGE"),
        (2501, None, "HERITAGE"),
        (None, None, "HERITAGE"),
    ],
)
def test_artisans_decide_on_the_size_of_the_grant(
    reference: Reference, artisans: int | None, holds: bool | None, grant: str
) -> None:
    """A part of a larger cluster may come: it is not ruled out."""
    cluster = ClusterProfile("handloom", 1, artisans=artisans)
    found = match_scheme(reference, reference.schemes["SFURTI"], cluster)
    assert found.grant is not None
    assert found.grant.code == grant
    checks = [one.holds for one in found.checks if one.condition == "artisans_most"]
    assert checks == ([] if artisans is None else [holds])


@pytest.mark.parametrize(("is_priority", "share"), [(None, 70), (False, 70), (True, 90)])
def test_priority_units_get_the_larger_share(
    reference: Reference, is_priority: bool | None, share: int
) -> None:
    cluster = ClusterProfile("food", 1, is_priority=is_priority)
    assert match_scheme(reference, reference.schemes["MSE-CDP"], cluster).share_percent == share


@pytest.mark.parametrize(("day", "crore", "until"), [(9, 8, date(2010, 2, 9)), (10, 15, None)])
def test_the_ceiling_offered_is_that_of_the_day(
    reference: Reference, day: int, crore: int, until: date | None
) -> None:
    cluster = ClusterProfile("food", 1, 20)
    (match, *_) = match_schemes(reference, "LAND", cluster, 1, date(2010, 2, day))
    assert match.scheme.code == "MSE-CDP" and match.until == until
    assert match.grant is not None
    largest = max(crore, 10)  # another grant of it has a ceiling of ₹ 10 crore then and now
    assert match.grant.ceiling_paise == largest * 10**9


def test_a_scheme_that_names_the_clusters_sector_is_never_left_out(reference: Reference) -> None:
    for theme in ("SPV", "AWARENESS"):
        cluster = ClusterProfile("handloom", 1, 30)
        codes = [one.scheme.code for one in match_schemes(reference, theme, cluster, 1)]
        assert {"CHCDS", "SFURTI"} <= set(codes)
        assert "MSE-CDP" not in codes, "others only as far as there is room"


@pytest.mark.parametrize("theme", ["MARKET", "SPV", "SKILL", "TECH", "AWARENESS"])
def test_a_scheme_for_artisans_is_offered_to_them_alone(reference: Reference, theme: str) -> None:
    for sector in ("handloom", "handicraft"):
        assert "SFURTI" in offered(reference, theme, sector=sector)
    for sector in ("pharmaceutical", "plastic", "engineering", "brick", None):
        assert "SFURTI" not in offered(reference, theme, sector=sector)


def test_credit_has_the_schemes_for_single_units(reference: Reference) -> None:
    assert offered(reference, "CREDIT", sector="brick") == ["CGS", "CLCSS", "INTEREST-SUBSIDY"]


def test_each_sector_with_schemes_of_its_own_is_offered_them(reference: Reference) -> None:
    for scheme in reference.schemes.values():
        for sector in scheme.conditions.sectors:
            for theme in scheme.themes:
                cluster = ClusterProfile(sector)
                codes = [one.scheme.code for one in match_schemes(reference, theme, cluster, 2)]
                assert scheme.code in codes, (sector, theme)
