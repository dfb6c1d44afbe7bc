"""What the generator believes was accepted so far, so that it can aim at the rules' edges.

Belief only: a file it took for clean may break a rule by accident, and the results are no worse.
"""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.programmes.registry import Agency, Registry

Place = tuple[str, str]


@dataclass
class Memory:
    registry: Registry
    agency: Agency
    accepted: list[tuple[int, dict[Place, Fraction]]] = field(default_factory=list)

    @property
    def latest(self) -> dict[Place, Fraction] | None:
        return self.accepted[-1][1] if self.accepted else None

    def sum(self, code: str) -> Fraction:
        return sum((values.get((code, ""), Fraction(0)) for _, values in self.accepted), Fraction())

    def target(self, code: str, quarter: int) -> Fraction:
        """To date, should the update for `quarter` be accepted."""
        quarters = [*(accepted for accepted, _ in self.accepted), quarter]
        targets = self.registry.targets
        return sum(
            (targets.get((self.agency.code, code, one), Fraction(0)) for one in quarters),
            Fraction(),
        )

    def series(self, code: str, window: int | None = None) -> list[Fraction]:
        rows = self.accepted[-window:] if window else self.accepted
        return [values[code, ""] for _, values in rows if (code, "") in values]

    def before(self, quarter: int) -> "Memory":
        """As it stood before that quarter: a second file of a quarter is no later quarter."""
        accepted = [row for row in self.accepted if row[0] < quarter]
        return Memory(self.registry, self.agency, accepted)

    def accept(self, quarter: int, values: dict[Place, Fraction]) -> None:
        if self.accepted and self.accepted[-1][0] == quarter:
            self.accepted.pop()
        self.accepted.append((quarter, values))
