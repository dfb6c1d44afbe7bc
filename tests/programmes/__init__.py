"""Seeded programmes that are hard on purpose: registries and updates that try every rule.

Here belongs only what makes up input. What the results must be is not said here: the plain
second reading of the rule book says that. The same seed gives the same bytes.
"""

from tests.programmes.generate import generate

__all__ = ["generate"]
