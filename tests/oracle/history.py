"""What a later quarter may know of an earlier one: its accepted values, nothing else."""

from dataclasses import dataclass
from fractions import Fraction

from tests.oracle.submission import Place


@dataclass(frozen=True)
class Accepted:
    quarter: str
    values: dict[Place, Fraction]
