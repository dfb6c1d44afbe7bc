"""The register of clusters, and from which quarter what release 1.7.0 added to the framework holds"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from cpsa.store.migrations.addition_notes import note_additions

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

ADDITIONS = "additions_from.1.7.0"
TEXTS = ("code", "name_en", "name_hi", "sector", "products", "nic", "district", "block")
FIGURES = (
    *("units_micro", "units_small", "units_medium", "units_women", "units_scst"),
    *("jobs", "jobs_women", "output_paise", "exports_paise"),
)
ORIGIN = ("as_of", "basis", "source", "active_to")
SERVED = ("cluster", "agency", "phase", "active_from", "active_to")


def upgrade() -> None:
    texts = [sa.Column(name, sa.Text(), nullable=False) for name in TEXTS]
    figures = [sa.Column(name, sa.BigInteger(), nullable=True) for name in FIGURES]
    origin = [sa.Column(name, sa.Text(), nullable=False) for name in ORIGIN]
    _create_versioned_table("cluster", *texts, *figures, *origin)
    served = [sa.Column(name, sa.Text(), nullable=False) for name in SERVED]
    _create_versioned_table("cluster_agency", *served)
    op.create_index("ix_cluster_agency_agency", "cluster_agency", ["agency"])
    note_additions(ADDITIONS)


def _create_versioned_table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *columns,
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )
    op.create_index(f"ix_{name}_until", name, ["until"])


def downgrade() -> None:
    """The older schema has no place for the register; the files that it was loaded from are CPSA's."""
    op.execute(f"DELETE FROM programme_setting WHERE name = '{ADDITIONS}'")
    op.drop_table("cluster_agency")
    op.drop_table("cluster")
