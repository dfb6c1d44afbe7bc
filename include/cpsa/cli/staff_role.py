"""The three roles of CPSA's people, least first: viewers, operators, administrators.

What must not go here: how a person comes to a role (Airflow's auth manager, the environment).
"""

from __future__ import annotations

from enum import StrEnum


class StaffRole(StrEnum):
    """Each covers those before it."""

    VIEWER = "viewer"
    OPS = "ops"
    ADMIN = "admin"

    def covers(self, other: StaffRole) -> bool:
        """Whether this role may do what the other may."""
        order = list(StaffRole)
        return order.index(self) >= order.index(other)
