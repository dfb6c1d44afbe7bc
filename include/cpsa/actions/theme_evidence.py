"""Which figures speak to which theme: what is shown beside an action as evidence.

A reading of the road map's Chapter 3 against Annexes 1 and 2 (decided). Codes the framework does
not have are passed over, so a retired indicator breaks nothing.
"""

from __future__ import annotations

from cpsa.framework.model import Framework, Indicator

INDICATORS_BY_THEME: dict[str, tuple[str, ...]] = {
    "CREDIT": ("OC6", "OC6E", "OP12", "FA3", "FA4"),
    "RAWMAT": ("OC2", "OP9", "FB2"),
    "STORAGE": ("OP10", "OP11", "FB2"),
    "EXPORT": ("OP7", "OC2", "FB2"),
    "INFRA": ("OP9", "OP11", "FB7"),
    "LAND": ("OC7", "OC5", "FA1", "FA2"),
    "TECH": ("OP6", "OP9", "FB2"),
    "QUALITY": ("OP5", "OP9", "FB2"),
    "SKILL": ("OP1", "OP2", "CB2", "FW2"),
    "BDS": ("SU5", "SU6", "SU7", "FB1", "FB2", "FB3"),
    "MARKET": ("OP7", "OC2", "FB4", "FB5"),
    "REGULATION": ("CB3", "IM4", "FA5", "FB8"),
    "ENVIRONMENT": ("OP13", "OP8", "FB6"),
    "AWARENESS": ("CB1", "CB2", "FW1", "FW2"),
    "SPV": ("SU3", "SU4", "SC1", "FA5"),
}


def list_theme_indicators(framework: Framework, theme: str, form: str) -> tuple[Indicator, ...]:
    """The indicators of a form that speak to a theme, in the order of their weight for it."""
    known = framework.by_code
    linked = (known[code] for code in INDICATORS_BY_THEME.get(theme, ()) if code in known)
    return tuple(indicator for indicator in linked if indicator.form == form)
