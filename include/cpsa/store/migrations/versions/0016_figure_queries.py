"""CPSA asks agencies about accepted figures, outside any rule, and may take a question back"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "figure_query",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("quarter", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("hundredths", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_hi", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_query")),
        sa.UniqueConstraint(
            *("agency", "quarter", "indicator", "dimension", "ordinal"),
            name=op.f("uq_figure_query_agency_quarter_indicator_dimension_ordinal"),
        ),
    )
    op.create_table(
        "figure_query_withdrawal",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("query_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_by", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"],
            ["figure_query.id"],
            name=op.f("fk_figure_query_withdrawal_query_id_figure_query"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_query_withdrawal")),
        sa.UniqueConstraint("query_id", name=op.f("uq_figure_query_withdrawal_query_id")),
    )


def downgrade() -> None:
    op.drop_table("figure_query_withdrawal")
    op.drop_table("figure_query")
