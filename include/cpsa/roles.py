"""The three roles of CPSA's people, least first: who looks, who works, who decides what holds.

What must not go here: how a person comes to a role (Airflow's auth manager, the environment).
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Each covers those before it."""

    VIEWER = "viewer"
    OPS = "ops"
    ADMIN = "admin"

    def covers(self, other: Role) -> bool:
        """Whether this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
