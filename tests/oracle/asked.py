"""C01: what a person at CPSA asks about a figure, outside any rule."""

from collections.abc import Iterable

from tests.oracle.programme import Query
from tests.oracle.submission import Found, Submission


def c01(counting: Submission, versions: list[Submission], queries: Iterable[Query]) -> None:
    """Asked about what counted then, and open while that value is still the one that counts."""
    for query in queries:
        agency, quarter, number = query.version
        if (agency, quarter) != (counting.agency.code, counting.quarter) or query.withdrawn:
            continue
        place = (query.indicator, query.dimension)
        accepted = [one for one in versions[:number] if one.state == "accepted"]
        if counting.values.get(place) == accepted[-1].values[place]:
            counting.findings.add(Found("C01", *place))
