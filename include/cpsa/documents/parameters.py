"""The figures that decide what documents call systemic, an achievement or a twin.

Defaults are CPSA's decisions (domain.md, "Documents"); a build may pass others. How a quarter
is judged belongs to the framework, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class DocumentParameters:
    systemic_agencies: int = 3
    systemic_quarters: int = 2
    achievement_share: float = 1.2
    """Actual over target of the period from which a figure counts as what worked."""
    achievement_floor: dict[str, int] = field(
        default_factory=lambda: {"count": 5_00, "inr": 1_00_000_00}
    )
    """Least target, in hundredths by unit: overshooting a target of one proves little."""
    achievements_shown: int = 12
    shortfall_share: float = 0.5
    """Actual over target of the period below which a figure counts as far behind."""
    moved_least: float = 0.05
    """Change of a composite over a period from which it is shown."""
    movers_shown: int = 6
    twinning_gap: float = 0.2


DEFAULT = DocumentParameters()
